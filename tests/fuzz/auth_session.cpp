// Bytes of an authentication client (Dovecot protocol). Checked: every answer is a whole number of
// lines of known shape, what is said is bounded by what was heard, and nothing is said to a client
// that is disconnected.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/servers/auth_session.hpp"

namespace {

const smtprig::model::Account account{"u", "p"};

bool is_answer(std::string_view line) {
  return line.starts_with("OK\t") || line.starts_with("FAIL\t") || line.starts_with("CONT\t");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  smtprig::servers::AuthSession session(account, 1);
  session.take("VERSION\t1\t1\n");
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const bool was_over = session.over();
    const std::string_view part = text.substr(0, 100);
    text.remove_prefix(part.size());
    const std::string answers = session.take(part);
    if (was_over && !answers.empty()) std::abort();
    if (answers.size() > 400 * (part.size() + 1)) std::abort();
    for (std::string_view rest = answers; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      if (end == rest.npos || !is_answer(rest.substr(0, end))) std::abort();
      rest.remove_prefix(end + 1);
    }
  }
  return 0;
}
