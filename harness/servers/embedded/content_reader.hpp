// The content behind DATA as it comes in pieces: dots unstuffed, its end found at CRLF.CRLF and
// nowhere else (RFC 5321 4.1.1.4), unless a planted defect sees a second end.
#pragma once

#include "fakes/smtp/grammar.hpp"
#include "harness/servers/embedded/mutants.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace smtprig::embedded {

class ContentReader {
 public:
  ContentReader() = default;
  explicit ContentReader(const Mutants& mutants);

  // As DotDecoder::feed.
  std::size_t feed(std::string_view bytes, std::string& out);
  bool complete() const { return ended_early_ || decoder_.complete(); }

 private:
  bool ends_here() const;

  fakes::smtp::DotDecoder decoder_;
  std::string_view planted_end_;  // empty: none
  std::string last_;              // the last bytes that came, as many as an end can have
  bool ended_early_ = false;
};

}  // namespace smtprig::embedded
