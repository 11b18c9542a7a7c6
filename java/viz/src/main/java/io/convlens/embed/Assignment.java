package io.convlens.embed;

import java.util.Arrays;

/**
 * Rows matched with columns at the least total cost, exactly: shortest augmenting paths over
 * reduced costs (Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse
 * linear assignment problems", Computing 1987).
 */
final class Assignment {
  /** What it costs to match a row with a column; costs are finite. */
  @FunctionalInterface
  interface Cost {
    double of(int row, int column);
  }

  private static final int ROUNDS = 2;
  private static final int MOST_BIDS = 20;

  private final int rows;
  private final int columns;
  private final Cost cost;

  /** The price of each column; a reduced cost is the cost less the row's and the column's. */
  private final double[] prices;

  /** Whether the last bid changed a price. */
  private boolean outbid;

  private final int[] columnOf;
  private final int[] rowOf;

  private Assignment(int rows, int columns, Cost cost) {
    this.rows = rows;
    this.columns = columns;
    this.cost = cost;
    this.prices = new double[columns];
    this.columnOf = new int[rows];
    this.rowOf = new int[columns];
    Arrays.fill(columnOf, -1);
    Arrays.fill(rowOf, -1);
  }

  /**
   * The column of each row.
   *
   * @param columns at least as many as rows
   */
  static int[] least(int rows, int columns, Cost cost) {
    if (columns < rows) {
      throw new IllegalArgumentException(rows + " rows for " + columns + " columns");
    }
    var assignment = new Assignment(rows, columns, cost);
    assignment.bid();
    for (int row = 0; row < rows; row++) {
      if (assignment.columnOf[row] < 0) {
        assignment.augment(row);
      }
    }
    return assignment.columnOf;
  }

  /**
   * Rows bid for their cheapest columns, as much as they gain against their second, and those who
   * are outbid bid again: two rounds leave few for the long way (the augmenting row reduction).
   */
  private void bid() {
    int[] waiting = new int[rows];
    Arrays.setAll(waiting, r -> r);
    int free = rows;
    for (int round = 0; round < ROUNDS; round++) {
      int left = 0;
      // A long chain of the outbid is no gain over augmenting.
      long bids = (long) MOST_BIDS * rows;
      for (int at = 0; at < free; ) {
        int row = waiting[at++];
        int loser = bid(row, bids > 0);
        bids--;
        if (loser >= 0 && outbid) {
          waiting[--at] = loser;
        } else if (loser >= 0) {
          waiting[left++] = loser;
        }
      }
      free = left;
    }
  }

  /** Takes the cheapest column; who had it before, or the row itself where that is a draw. */
  private int bid(int row, boolean mayOutbid) {
    int best = -1;
    int second = -1;
    double least = Double.POSITIVE_INFINITY;
    double next = Double.POSITIVE_INFINITY;
    for (int column = 0; column < columns; column++) {
      double of = cost.of(row, column) - prices[column];
      if (of < least) {
        second = best;
        next = least;
        best = column;
        least = of;
      } else if (of < next) {
        second = column;
        next = of;
      }
    }
    outbid = false;
    int column = best;
    if (next - least > 0 && next < Double.POSITIVE_INFINITY) {
      if (rowOf[best] >= 0 && !mayOutbid) {
        return row;
      }
      prices[best] -= next - least;
      outbid = true;
    } else if (rowOf[best] >= 0 && second >= 0) {
      column = second;
    }
    int loser = rowOf[column];
    rowOf[column] = row;
    columnOf[row] = column;
    if (loser >= 0) {
      columnOf[loser] = -1;
    }
    return loser;
  }

  /** The cheapest way from a row to a free column, by Dijkstra, along which all change places. */
  private void augment(int first) {
    double[] distances = new double[columns];
    int[] from = new int[columns];
    int[] order = new int[columns];
    Arrays.setAll(order, c -> c);
    Arrays.fill(distances, Double.POSITIVE_INFINITY);
    int settled = 0;
    int row = first;
    double reached = 0;
    int end = -1;
    while (end < 0) {
      // A matched row's own column is the only one of its that costs nothing reduced.
      double own = row == first ? 0 : cost.of(row, columnOf[row]) - prices[columnOf[row]];
      int nearest = settled;
      for (int o = settled; o < columns; o++) {
        int column = order[o];
        double way = reached + cost.of(row, column) - prices[column] - own;
        if (way < distances[column]) {
          distances[column] = way;
          from[column] = row;
        }
        if (distances[column] < distances[order[nearest]]) {
          nearest = o;
        }
      }
      int column = order[nearest];
      order[nearest] = order[settled];
      order[settled++] = column;
      reached = distances[column];
      if (rowOf[column] < 0) {
        end = column;
      } else {
        row = rowOf[column];
      }
    }
    for (int o = 0; o < settled; o++) {
      prices[order[o]] += distances[order[o]] - reached;
    }
    for (int column = end; column >= 0; ) {
      int taker = from[column];
      int before = columnOf[taker];
      columnOf[taker] = column;
      rowOf[column] = taker;
      column = taker == first ? -1 : before;
    }
  }
}
