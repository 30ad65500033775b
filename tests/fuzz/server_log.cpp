// Log lines of a server under test, which quote peers. Each line of the input goes through patterns
// shaped like Postfix's. Checked: every fact comes from the line's structured part (a fact with a
// queue id holds only its characters), and what waits stays bounded.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/servers/log_reader.hpp"

namespace {

using Kind = smtprig::fakes::ServerFact::Kind;

const std::vector<smtprig::model::LogPattern>& patterns() {
  static const std::vector<smtprig::model::LogPattern> list = {
      {Kind::tls, R"(smtp\[(?P<key>\d+)\]: (?P<detail>\w+) TLS to (?P<relay>[^ ]+): .*)"},
      {Kind::note, R"(smtp\[(?P<key>\d+)\]: warning: (?P<detail>.*))"},
      {Kind::delivered,
       R"(smtp\[(?P<key>\d+)\]: (?P<queue_id>[0-9A-Za-z]+): to=<(?P<recipient>[^<>]*)>, )"
       R"(relay=(?P<relay>[^ ,]+), dsn=(?P<status>\d\.\d+\.\d+), status=sent \((?P<detail>.*)\))"},
      {Kind::deferred,
       R"(smtp\[(?P<key>\d+)\]: (?P<queue_id>[0-9A-Za-z]+): to=<(?P<recipient>[^<>]*)>, )"
       R"(relay=(?P<relay>[^ ,]+), dsn=(?P<status>\d\.\d+\.\d+), )"
       R"(status=deferred \((?P<detail>.*)\))"},
      {Kind::removed, R"(qmgr\[\d+\]: (?P<queue_id>[0-9A-Za-z]+): removed)"}};
  return list;
}

bool is_id(std::string_view text) {
  return text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
         text.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  smtprig::servers::LogReader reader(patterns());
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const auto facts = reader.read(line);
    if (facts.size() > 17) std::abort();
    for (const auto& fact : facts) {
      if (!is_id(fact.queue_id)) std::abort();
      if (fact.recipient.find_first_of("<>") != std::string::npos) std::abort();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}
