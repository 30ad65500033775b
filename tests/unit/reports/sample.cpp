// See sample.hpp.
#include "sample.hpp"

namespace smtprig::reports {
namespace {

using namespace std::chrono_literals;
using model::Channel;
using model::Delivery;
using model::Policy;
using model::Verdict;

const model::ServerName embedded{"embedded", ""};
const model::ServerName postfix{"postfix", "3.7.11"};

struct Fact {
  Delivery delivery = Delivery::delivered;
  Channel channel = Channel::none;
  Channel weakest = Channel::none;
};

model::CellResult cell(std::string scenario, model::ServerName server, Policy policy,
                       Verdict verdict, std::vector<Fact> facts) {
  model::CellResult result;
  result.scenario = std::move(scenario);
  result.server = std::move(server);
  result.policy = policy;
  result.cell = result.scenario + "@" + result.server.text() + "/" + std::string(name(policy));
  int number = 0;
  for (const auto& fact : facts) {
    auto& recipient = result.outcome.recipients.emplace_back();
    recipient.message = "m" + std::to_string(++number);
    recipient.recipient = "rcpt";
    recipient.delivery = fact.delivery;
    recipient.channel = fact.channel;
    recipient.weakest = fact.weakest == Channel::none ? fact.channel : fact.weakest;
    recipient.via = fact.delivery == Delivery::delivered ? "mx1" : "";
  }
  result.ruling.permitted = {{Delivery::deferred, Channel::none, ""}};
  result.ruling.row = "2.4 expired";
  result.ruling.clause = "RFC 8461 4.2";
  result.ruling.force = model::Force::must;
  result.judgement.verdict = verdict;
  result.judgement.permitted = "deferred";
  result.judgement.actual = "as shown";
  result.took = 12'345us;
  return result;
}

// The six policies of an ordinary scenario, all within what is permitted.
void add_row(Run& run, const std::string& scenario, const model::ServerName& server,
             const std::vector<Fact>& facts) {
  constexpr std::array columns = {Policy::none,        Policy::may,    Policy::encrypt,
                                  Policy::fingerprint, Policy::verify, Policy::secure};
  for (std::size_t i = 0; i < columns.size(); ++i)
    run.results.push_back(cell(scenario, server, columns[i], Verdict::pass, {facts[i]}));
}

std::vector<fakes::Event> journal() {
  using namespace fakes;
  std::vector<Event> events;
  const auto add = [&](const char* who, std::uint32_t connection, EventBody body) {
    events.push_back(
        {std::chrono::microseconds(1'234 * (events.size() + 1)), who, connection, std::move(body)});
  };
  add("injector", 1, Connected{"198.18.0.1:25", "198.18.0.9:40001"});
  add("injector", 1, LineIn{"220 sut ESMTP", false});
  add("injector", 1, LineOut{"EHLO injector.test", false});
  add("injector", 0,
      Injected{"a@src.test", "rcpt@expired.cert.verify.test", "T0", "ab", 250, "2.0.0 Ok"});
  add("dns", 0, DnsQuery{"expired.cert.verify.test", "MX", "NOERROR", 1, false, true, false});
  add("dns", 0, DnsQuery{"mx1.expired.cert.verify.test", "A", "NOERROR", 2, true, true, true});
  add("mx1", 1, Connected{"198.18.0.7:25", "198.18.0.1:51234"});
  add("mx1", 1, LineIn{"STARTTLS", false});
  add("mx1", 1, LineOut{"220 2.0.0 go ahead", false});
  add("mx1", 1, ClientHelloSeen{"mx1.expired.cert.verify.test", "smtp", true, true});
  add("mx1", 1, CertificatePresented{"CN=mx1", "0123456789abcdef0123", "ff", "EC-256", true});
  add("mx1", 1, TlsEstablished{"TLSv1.3", "TLS_AES_256_GCM_SHA384", true, "smtp"});
  add("mx1", 1, TlsAlert{false, 2, 45, "certificate_expired"});
  add("mx1", 2, TlsFailed{"client-hello", "peer closed"});
  add("mx1", 1, LineIn{"MAIL FROM:<a@src.test>", true});
  add("mx1", 1, LineOut{hostile, true});
  add("mx1", 1, BytesOut{std::string("\0\x16\x03garbage", 10), false});
  add("mx1", 1, ContentReceived{812, true, true, "ab", "T0"});
  add("mx1", 1,
      MessageAccepted{"a@src.test", {"rcpt@x.test", "b@x.test"}, "T0", "ab", true, "Subject"});
  add("mx1", 1, FaultFired{"smtp=STARTTLS"});
  add("mx1", 1, Closed{Closed::How::peer_fin, true});
  add("server", 0,
      ServerFact{ServerFact::Kind::deferred, "Q1", "rcpt@x.test", "mx1[198.18.0.7]:25", "4.7.5",
                 hostile});
  add("server", 0, ServerLine{std::string("postfix/smtp: ") + hostile + std::string(300, 'x')});
  add("server", 0, ServerState{"crashed", "signal 11"});
  add("rig", 0, RigNote{"attempts complete"});
  add("sts", 1,
      HttpRequest{"GET", "/.well-known/mta-sts.txt", "mta-sts.rcpt.test", "mta-sts.rcpt.test", 200,
                  1, 77, ""});
  add("sts", 2, HttpRequest{"POST", hostile, "", "", 0, 2, 0, ""});
  add("sts", 3, HttpRequest{.problem = "bad method"});
  add("tlsrpt", 1, ReportReceived{"application/tlsrpt+gzip", 512, "{}", ""});
  add("tlsrpt", 1, ReportReceived{hostile, 12, "", "not gzip"});
  add("mx1", 3, CertificateSeen{"CN=client", "fedcba9876543210fedc", false});
  add("dns", 0,
      DnsQuery{"mx1.expired.cert.verify.test", "A", "", 0, false, true, false, "wrong-id", 200});
  return events;
}

void add_unexpected(Run& run) {
  auto failed = cell("cert/expired", postfix, Policy::verify, Verdict::fail,
                     {{Delivery::delivered, Channel::encrypted}});
  failed.judgement.requirement =
      "RFC 8461 4.2 (MUST): the certificate must not have expired at the time of the handshake, "
      "and "
      "its chain must lead to a root that the sender trusts";
  failed.judgement.actual = std::string("delivered encrypted via mx1, told: ") + hostile;
  failed.outcome.conduct.push_back(
      {"invariant/plaintext-under-encrypt", "RFC 3207 6", "MAIL was sent in clear"});
  failed.outcome.server = model::ServerHealth::crashed;
  failed.journal = journal();
  for (std::size_t i = 6; i < failed.journal.size(); ++i)
    failed.judgement.evidence.push_back(i);
  run.results.push_back(failed);

  auto gone = cell("routing/null-mx", postfix, Policy::may, Verdict::unexpected_pass,
                   {{Delivery::bounced}});
  gone.judgement.reason = "known deviation \"5.1.0 instead of 5.1.10\" no longer holds";
  gone.judgement.permitted = gone.judgement.actual = "bounced";
  run.results.push_back(gone);

  auto flaky = cell("drop/after-dot", postfix, Policy::none, Verdict::interference,
                    {{Delivery::duplicated, Channel::plaintext}});
  flaky.attacker = model::Attacker::impostor_self_signed;
  flaky.cell += "~impostor-self-signed";
  flaky.judgement.reason = "alone: deferred; with others: duplicated";
  flaky.journal = journal();
  flaky.judgement.evidence = {0, 1, 2, 3, 4, 5, 999};
  run.results.push_back(flaky);

  for (const auto policy : {Policy::none, Policy::may, Policy::encrypt, Policy::fingerprint,
                            Policy::verify, Policy::secure}) {
    auto error = cell("starttls/refused", postfix, policy, Verdict::error, {});
    error.judgement.reason = "start postfix: exit 1, its last line: fatal: \x1b[31mno queue";
    run.results.push_back(error);
  }
}

// What attackers held of the cells of a row, by policy: one who listens, one who strips.
void add_exposure(Run& run, const std::string& scenario, const model::ServerName& server) {
  using model::Attacker;
  for (auto& result : run.results) {
    if (result.scenario != scenario || result.server.text() != server.text()) continue;
    const bool clear = result.outcome.recipients.front().channel == Channel::plaintext;
    const bool strips = result.policy <= Policy::may;
    std::vector<model::Held> held{{Attacker::passive, clear, clear},
                                  {Attacker::strip, strips, strips}};
    // The policy of MTA-STS is not there at the first mail, and is kept later.
    if (result.policy == Policy::secure) {
      held.push_back({Attacker::sts_block, true, true});
      held.push_back({Attacker::sts_block_later, false, false});
    }
    std::vector<Attacker> all;
    for (const auto& each : held)
      all.push_back(each.attacker);
    result.exposure = model::exposure_of(std::move(held), all);
  }
}

// An attack that ended as it may, and is not shown beside the cell without it.
model::CellResult attacked(const std::string& scenario) {
  auto result = cell(scenario, embedded, Policy::may, Verdict::pass,
                     {{Delivery::delivered, Channel::plaintext}});
  result.attacker = model::Attacker::strip;
  result.cell += "~strip";
  return result;
}

// A cell under a policy of the user's own.
model::CellResult own_policy(const std::string& scenario, const Fact& fact,
                             Policy level = Policy::may) {
  auto result = cell(scenario, embedded, level, Verdict::pass, {fact});
  result.own_policy = "partners";
  result.cell = scenario + "@embedded/partners";
  return result;
}

}  // namespace

Run sample_run() {
  Run run;
  run.facts.version = "0.1.0";
  run.facts.started = "2026-01-31T12:00:00Z";
  run.facts.seed = 18'446'744'073'709'551'615u;
  run.facts.jobs = 2;
  run.facts.mutant = "ignores-expiry";
  run.facts.resolver = "unbound-1.17.1";
  run.facts.left_out = {{"dane/late", std::string("MX @ (late): a resolver waits") + hostile}};
  run.facts.servers = {embedded, postfix};
  run.facts.own_policies = {{"partners", "partners = may, secure: cert/expired */partner"}};
  run.facts.roots = {{postfix.text(), std::string("/src/postfix & co/") + hostile}};
  run.facts.planned = 99;
  run.facts.machine = {2, "Linux 6.1.0 x86_64", 0.5};
  run.facts.summaries = {
      {"cert/expired", "The MX presents an expired certificate."},
      {"control/honest", "An honest, modern receiver."},
      {"starttls/closed-handshake/after-server-hello",
       std::string("The MX closes after its ServerHello. ") + hostile},
  };
  const Fact plain{Delivery::delivered, Channel::plaintext};
  const Fact hidden{Delivery::delivered, Channel::encrypted};
  const Fact proven{Delivery::delivered, Channel::authenticated};
  const Fact waits{Delivery::deferred};
  const Fact leaked{Delivery::deferred, Channel::none, Channel::plaintext};
  const Fact returned{Delivery::bounced};
  for (const auto& server : {embedded, postfix}) {
    add_row(run, "control/honest", server, {plain, hidden, hidden, proven, proven, proven});
    add_row(run, "control/unreachable", server, {waits, waits, waits, waits, waits, waits});
    add_row(run, "starttls/closed-handshake/after-server-hello", server,
            {plain, plain, waits, leaked, waits, waits});
    add_row(run, "reply/rcpt-550", server,
            {returned, returned, returned, returned, returned, returned});
  }
  run.results.push_back(cell("reply/mixed", embedded, Policy::may, Verdict::pass,
                             {hidden, returned, waits, plain, hidden}));
  run.results.push_back(
      cell("reply/lost", embedded, Policy::may, Verdict::known, {{Delivery::lost, Channel::none}}));
  run.results.back().judgement.reason = "known: loses mail under 421; https://bugs.test/7";
  run.results.back().outcome.conduct.push_back(
      {"advice/old-tls", "RFC 8996 4, 5", "TLS 1.0 was negotiated"});
  run.results.push_back(cell("reply/rejected", embedded, Policy::may, Verdict::pass,
                             {{Delivery::rejected, Channel::none}}));
  run.results.push_back(cell("single", embedded, Policy::none, Verdict::not_reached, {plain}));
  run.results.push_back(cell("cert/expired", postfix, Policy::none, Verdict::unsupported, {}));
  run.results.back().judgement.reason = "probe: no such level";
  run.results.push_back(own_policy("control/honest", hidden));
  run.results.push_back(own_policy("reply/mixed", waits));
  run.results.back().judgement.verdict = Verdict::fail;
  run.results.push_back(own_policy("cert/expired", waits, Policy::secure));
  add_exposure(run, "control/honest", embedded);
  run.results.push_back(attacked("control/honest"));
  add_unexpected(run);
  run.end = {2'345'678us, true, 3, {"start the lab: signal 9 (Killed)"}};
  return run;
}

}  // namespace smtprig::reports
