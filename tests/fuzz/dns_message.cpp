// Fuzz entry: any bytes as a DNS message, over UDP and TCP, against a small table. Beyond what the
// sanitizers see, an answer must carry the id of its query, have QR set, and fit its transport.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "fakes/dns/server.hpp"

namespace {

using namespace smtprig::fakes;

dns::Table sample() {
  dns::Table table;
  table.add_zone("test", true);
  table.add({.name = "a.test", .type = "MX", .data = "10 mx1.a.test.", .secure = true});
  table.add({.name = "mx1.a.test", .type = "A", .data = "127.0.0.2", .secure = true});
  table.add({.name = "www.a.test", .type = "CNAME", .data = "mx1.a.test."});
  table.add({.name = "loop.test", .type = "CNAME", .data = "loop.test."});
  table.add(dns::Fault{"bad.test", "*", DnsReply::servfail, {2, 3}});
  return table;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static dns::Table table = sample();
  const std::vector<std::uint8_t> message(data, data + size);
  for (const bool tcp : {false, true}) {
    DnsQuery query;
    const std::vector<std::uint8_t> reply = dns::respond(table, message, tcp, query);
    if (reply.empty()) continue;
    require(reply.size() >= 12 && reply.size() <= (tcp ? 65'535 : dns::udp_bytes_max));
    require(reply[0] == message[0] && reply[1] == message[1]);
    require((reply[2] & 0x80) != 0);
    require(!query.rcode.empty());
  }
  return 0;
}
