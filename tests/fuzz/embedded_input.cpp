// What others write and the embedded server reads: answers of a DNS server, its configuration, its
// policy file and listeners file, what a client says. The first byte chooses. Checked: an answer
// that matches says how the lookup ended, an error of a file is never without words, and a session
// answers whole lines, takes content within its bounds, and obeys nothing before TLS where TLS is
// required.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/dns_message.hpp"
#include "harness/servers/embedded/inbound_session.hpp"
#include "harness/servers/embedded/policy_table.hpp"

namespace {

using namespace smtprig::embedded;

void require(bool condition) {
  if (!condition) std::abort();
}

void read_answer(std::string_view bytes) {
  const std::vector<std::uint8_t> message(bytes.begin(), bytes.end());
  for (const RecordType type : {RecordType::mx, RecordType::a, RecordType::aaaa}) {
    const DnsAnswer answer = decode(message, {.id = 0x1234, .name = "a.test", .type = type});
    if (!answer.matches || answer.truncated) continue;
    if (answer.lookup.status != Lookup::Status::found) continue;
    require(!answer.lookup.mx.empty() || !answer.lookup.addresses.empty());
  }
}

InboundOutput feed_content(InboundSession& session, std::string_view& bytes) {
  std::size_t used = 0;
  InboundOutput output = session.content(bytes, used);
  require(used <= bytes.size());
  bytes.remove_prefix(used);
  return output;
}

InboundOutput feed_line(InboundSession& session, std::string_view& bytes) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  const bool bare_lf = !line.ends_with('\r');
  if (!bare_lf) line.remove_suffix(1);
  InboundOutput output = session.line(line, bare_lf);
  require(session.reading_content() || output.message || output.bytes.ends_with("\r\n"));
  return output;
}

// The second byte chooses policy, service and whether the session is inside TLS.
void talk(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto choice = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  InboundSettings settings{.hostname = "me.test",
                           .policy = smtprig::model::inbound_policies[choice & 3],
                           .service = static_cast<Service>((choice >> 2) % 3),
                           .users = {{"user", "secret"}}};
  settings.limits.message_bytes_max = 1'000;
  InboundSession session(std::make_shared<const InboundSettings>(settings), "127.0.0.1");
  bool inside = (choice & 0x80) != 0;
  if (inside) session.tls_up({.version = "TLSv1.3", .cipher = "X"});
  while (!bytes.empty()) {
    const InboundOutput output =
        session.reading_content() ? feed_content(session, bytes) : feed_line(session, bytes);
    if (output.message) {
      require(inside || settings.policy < InboundPolicy::encrypt);
      require(settings.policy < InboundPolicy::require_client_cert);
      require(!output.message->recipients.empty() && output.message->content.size() < 2'000);
      require(output.message->binary || consists_of_lines(output.message->content));
    }
    if (output.start_tls) {
      session.tls_up({.version = "TLSv1.3", .cipher = "X"});
      inside = true;
    }
    if (output.close) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'd') {
    read_answer(text);
  } else if (data[0] == 'c') {
    // A folder that does not exist: files that the text names cannot be read.
    const auto config = parse_config(text, "/nonexistent");
    require(config.has_value() || !config.error().message.empty());
  } else if (data[0] == 'l') {
    const auto entries = parse_listeners(text);
    require(entries.has_value() || entries.error().message.starts_with("line "));
  } else if (data[0] == 's') {
    talk(text);
  } else {
    PolicyTable table;
    const auto added = table.add_lines(text);
    require(added.has_value() || added.error().message.starts_with("line "));
  }
  return 0;
}
