// See content_reader.hpp.
#include "harness/servers/embedded/content_reader.hpp"

namespace smtprig::embedded {
namespace {

std::string_view planted_end(const Mutants& mutants) {
  if (mutants.ends_data_at_lf) return "\n.\n";
  if (mutants.ends_data_at_lf_crlf) return "\n.\r\n";
  if (mutants.ends_data_at_crlf_lf) return "\r\n.\n";
  if (mutants.ends_data_at_cr) return "\r.\r";
  return {};
}

}  // namespace

ContentReader::ContentReader(const Mutants& mutants) : planted_end_(planted_end(mutants)) {}

std::size_t ContentReader::feed(std::string_view bytes, std::string& out) {
  if (planted_end_.empty()) return decoder_.feed(bytes, out);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    decoder_.feed(bytes.substr(at, 1), out);
    if (decoder_.complete()) return at + 1;
    last_ += bytes[at];
    if (last_.size() > planted_end_.size() + 1) last_.erase(0, 1);
    if (!ends_here()) continue;
    // The decoder took it for text, but for a dot at the front of a line.
    out.resize(out.size() - planted_end_.size() + (planted_end_.starts_with("\r\n.") ? 1 : 0));
    out += "\r\n";
    ended_early_ = true;
    return at + 1;
  }
  return bytes.size();
}

// A form that begins with LF does not mean the LF of a CRLF: each is a defect of its own.
bool ContentReader::ends_here() const {
  if (!last_.ends_with(planted_end_)) return false;
  const bool follows_cr = last_.size() > planted_end_.size() && last_.front() == '\r';
  return planted_end_.front() != '\n' || !follows_cr;
}

}  // namespace smtprig::embedded
