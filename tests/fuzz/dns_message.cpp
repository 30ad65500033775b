// Fuzz entry: any bytes as a DNS message, over UDP and TCP, against a small table, with signed
// zones and without. Beyond what the sanitizers see, an answer must carry the id of its query, have
// QR set, and fit its transport.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "fakes/dns/server.hpp"
#include "fakes/dns/signer.hpp"

namespace {

using namespace smtprig::fakes;

dns::Table sample() {
  dns::Table table;
  table.add_zone("test", true);
  table.add({.name = "a.test", .type = "MX", .data = "10 mx1.a.test.", .secure = true});
  table.add({.name = "mx1.a.test", .type = "A", .data = "127.0.0.2", .secure = true});
  table.add({.name = "www.a.test", .type = "CNAME", .data = "mx1.a.test."});
  table.add({.name = "loop.test", .type = "CNAME", .data = "loop.test."});
  table.add_zone("plain.test", false);
  table.add({.name = "b.plain.test", .type = "A", .data = "127.0.0.3"});
  table.add(dns::Fault{.name = "a.test", .type = "A", .bogus = true});
  table.add(dns::Fault{"bad.test", "*", DnsReply::servfail, {2, 3}});
  return table;
}

void require(bool condition) {
  if (!condition) std::abort();
}

void ask(dns::Table& table, const std::vector<std::uint8_t>& message, bool tcp,
         const dns::Signer* signer) {
  DnsQuery query;
  const std::vector<std::uint8_t> reply = dns::respond(table, message, tcp, query, signer);
  if (reply.empty()) return;
  require(reply.size() >= 12 && reply.size() <= (tcp ? 65'535 : dns::udp_bytes_max));
  require(reply[0] == message[0] && reply[1] == message[1]);
  require((reply[2] & 0x80) != 0);
  require(!query.rcode.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static dns::Table table = sample();
  static const dns::Signer signer;
  const std::vector<std::uint8_t> message(data, data + size);
  for (const bool tcp : {false, true})
    for (const dns::Signer* by : {static_cast<const dns::Signer*>(nullptr), &signer})
      ask(table, message, tcp, by);
  return 0;
}
