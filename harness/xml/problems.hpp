// Collects what is wrong with a set of files, so that all of it can be told at once and in order.
#pragma once

#include <string>
#include <vector>

#include "harness/xml/document.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::xml {

inline constexpr std::size_t problems_max = 1'000;  // told; a hostile file could have millions
inline constexpr std::size_t line_bytes_max = 400;  // a longer source line is not shown

class Problems {
 public:
  // A file as a whole; line and column are zero.
  void add(const std::string& file, std::string message);
  void add(const Document& document, model::Location where, std::string message,
           std::string suggestion = {});
  // At the element, at the name of one of its attributes, at the value of one of them.
  void add(const Node& node, std::string message, std::string suggestion = {});
  void add_name(const Node& node, std::string_view attribute, std::string message,
                std::string suggestion = {});
  void add_value(const Node& node, std::string_view attribute, std::string message,
                 std::string suggestion = {});

  bool empty() const { return problems_.empty(); }
  // By file, line and column; the same problem (found in several cases of a <vary>) once.
  std::vector<Problem> sorted() const;

 private:
  void push(Problem problem);

  std::vector<Problem> problems_;
  std::size_t untold_ = 0;
};

}  // namespace smtprig::xml
