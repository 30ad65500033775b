// What others write and the embedded server reads: answers of a DNS server, its configuration, its
// policy file. The first byte chooses. Checked: an answer that matches says how the lookup ended,
// and an error of a file is never without words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/dns_message.hpp"
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
  } else {
    PolicyTable table;
    const auto added = table.add_lines(text);
    require(added.has_value() || added.error().message.starts_with("line "));
  }
  return 0;
}
