package io.convlens.engine;

/** Where a value lies: in which storage, from which element on, in which form. */
record Place(Storage storage, long offset, Form form) {}
