// What a receiver's choices in TLS make doubtful, and what is permitted then.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "build.hpp"
#include "harness/judge/oracle.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::DhGroup;
using fakes::ServerNames;
using fakes::SmtpPosition;
using fakes::Tickets;

std::string doubts(const HostFacts& host, std::uint32_t connection = 1) {
  std::string ids;
  for (const Row* row : doubts_of(host, connection))
    ids += (ids.empty() ? "" : " ") + std::string(row->id);
  return ids;
}

HostFacts host_with(fakes::TlsSpec tls) {
  HostFacts host;
  host.receiver.tls = std::move(tls);
  return host;
}

fakes::TlsSpec alpn(const char* list) {
  fakes::TlsSpec tls;
  tls.alpn = list;
  return tls;
}

fakes::TlsSpec names(ServerNames reaction) {
  fakes::TlsSpec tls;
  tls.server_names = reaction;
  return tls;
}

fakes::TlsSpec tickets(Tickets what) {
  fakes::TlsSpec tls;
  tls.tickets = what;
  return tls;
}

fakes::TlsSpec dh(DhGroup group, const char* ciphers) {
  fakes::TlsSpec tls;
  tls.max = fakes::TlsVersion::tls1_2;
  tls.ciphers = ciphers;
  tls.dh = group;
  return tls;
}

// One host that defers the first connection inside TLS.
std::string permitted(fakes::ReceiverSpec receiver, model::Policy policy) {
  fakes::Rule later = on(SmtpPosition::mail, {line("451 4.3.0 later")});
  later.when.phase = fakes::Phase::post_tls;
  later.when.connection = {1, 1};
  receiver.rules.push_back(later);
  return codes(ruling_of(facts_of(cell_of(one_mx(receiver), policy)), policy));
}

BOOST_AUTO_TEST_SUITE(tls_choices)

BOOST_AUTO_TEST_CASE(each_doubt_has_its_row) {
  struct Row {
    const char* name;
    HostFacts host;
    std::uint32_t connection;
    const char* ids;
  };
  HostFacts alias = host_with(names(ServerNames::own));
  alias.alias = true;
  HostFacts demanding;
  demanding.receiver.demands_certificate = true;
  const Row rows[] = {
      {"honest", {}, 2, ""},
      {"tickets resumed", host_with(tickets(Tickets::resumed)), 2, ""},
      {"tickets ignored", host_with(tickets(Tickets::ignored)), 2, ""},
      {"tickets refused, none given yet", host_with(tickets(Tickets::refused)), 1, ""},
      {"tickets refused", host_with(tickets(Tickets::refused)), 2, "2.18e"},
      {"own name", host_with(names(ServerNames::own)), 1, ""},
      {"own name, an alias", alias, 1, "2.18f"},
      {"a name needed", host_with(names(ServerNames::needed)), 1, "2.18f"},
      {"no name known", host_with(names(ServerNames::unknown)), 1, "2.18f"},
      {"no name known, a warning", host_with(names(ServerNames::warned)), 1, "2.18f"},
      {"smtp", host_with(alpn("esmtp:smtp")), 1, ""},
      {"no protocol of mail", host_with(alpn("h2")), 1, "2.18g"},
      {"a part of a name", host_with(alpn("esmtp")), 1, "2.18g"},
      {"a certificate demanded", demanding, 1, "2.18h"},
      {"short", host_with(dh(DhGroup::modp1024, "DHE-RSA-AES128-GCM-SHA256")), 1, "2.18i"},
      {"short, of no use", host_with(dh(DhGroup::modp1024, "ECDHE-RSA-AES128-SHA")), 1, ""},
      {"long enough", host_with(dh(DhGroup::modp2048, "DHE-RSA-AES128-GCM-SHA256")), 1, ""},
  };
  for (const Row& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(doubts(row.host, row.connection) == row.ids);
}

// "E/P*": see build.hpp. The message is deferred once, so that a client may come with a session.
BOOST_AUTO_TEST_CASE(what_is_permitted) {
  using model::Policy;
  struct Row {
    const char* name;
    fakes::ReceiverSpec receiver;
    const char* may;
    const char* encrypt;
    const char* verify;
  };
  const Row rows[] = {
      {"tickets resumed", {.tls = tickets(Tickets::resumed)}, "P/E", "E", "A"},
      {"tickets refused", {.tls = tickets(Tickets::refused)}, "E/P*", "E/D", "A/D"},
      {"no name known", {.tls = names(ServerNames::unknown)}, "E/P*", "E/D", "A/D"},
      {"no protocol of mail", {.tls = alpn("h2")}, "E/P*", "E/D", "A/D"},
      {"a certificate demanded", {.demands_certificate = true}, "E/P*", "E/D", "A/D"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(permitted(row.receiver, Policy::may) == expanded(row.may));
      BOOST_TEST(permitted(row.receiver, Policy::encrypt) == expanded(row.encrypt));
      BOOST_TEST(permitted(row.receiver, Policy::verify) == expanded(row.verify));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::judge::test
