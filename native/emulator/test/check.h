// A test is a function that checks; what does not hold is printed with its place. Each begins on a fresh machine.
#pragma once

#include <cmath>
#include <functional>
#include <sstream>
#include <string>

namespace convlens_test {

struct Registered {
  Registered(const char* name, void (*run)());
};

// Counts the running test as failed.
void fail(const char* file, int line, const std::string& what);

template <typename A, typename B>
void check_equal(const char* file, int line, const char* text, const A& actual, const B& expected) {
  if (actual == expected) return;
  std::ostringstream what;
  what << text << " is " << actual << " and not " << expected;
  fail(file, line, what.str());
}

inline void check_near(const char* file, int line, const char* text, double actual, double expected, double tolerance) {
  if (std::abs(actual - expected) <= tolerance) return;
  std::ostringstream what;
  what << text << " is " << actual << " and not " << expected << " within " << tolerance;
  fail(file, line, what.str());
}

inline void check_true(const char* file, int line, const char* text, bool holds) {
  if (!holds) fail(file, line, std::string(text) + " does not hold");
}

}  // namespace convlens_test

#define TEST(name)                                                          \
  static void name();                                                       \
  static const ::convlens_test::Registered registered_##name(#name, &name); \
  static void name()

#define EQUAL(actual, expected) ::convlens_test::check_equal(__FILE__, __LINE__, #actual, actual, expected)
#define NEAR(actual, expected, tolerance) \
  ::convlens_test::check_near(__FILE__, __LINE__, #actual, actual, expected, tolerance)
#define HOLDS(condition) ::convlens_test::check_true(__FILE__, __LINE__, #condition, condition)
