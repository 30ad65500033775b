// Policies fetched from the fake policy host, which does what RFC 8461 3.3 speaks of, and reports
// posted to the fake collector. What is asked for is in the fakes' journal.
#include "harness/servers/embedded/sts_fetch.hpp"

#include "fakes/https/collector.hpp"
#include "fakes/https/gzip.hpp"
#include "fakes/https/policy_host.hpp"
#include "fakes/net/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using namespace std::chrono_literals;
using fakes::CertificateClass;
namespace asio = boost::asio;
using asio::ip::tcp;

class FetchWorld {
 public:
  ~FetchWorld() {
    listener_.reset();
    if (host_) host_->stop();
    io_.restart();
    io_.run_for(5s);
    BOOST_CHECK(io_.stopped());
  }

  void start(fakes::PolicyHostSpec spec) {
    policy_host_ = std::make_unique<fakes::https::PolicyHost>(
        "mta-sts.rcpt.test", "sts", std::move(spec), identities("mta-sts.rcpt.test"), journal_);
    listen(policy_host_->host());
  }
  void start(fakes::CollectorSpec spec) {
    collector_ = std::make_unique<fakes::https::Collector>(
        "tlsrpt.rcpt.test", "tlsrpt", std::move(spec), identities("tlsrpt.rcpt.test"), journal_);
    listen(collector_->host());
  }

  StsFetch fetch(std::chrono::milliseconds time = 10s) {
    HttpsSettings with = settings();
    with.time = time;
    return run(fetch_sts_policy("rcpt.test", {local()}, port_, with));
  }
  HttpsAnswer exchange(HttpsRequest request) {
    request.addresses = {local()};
    request.port = port_;
    return run(https_exchange(std::move(request), settings()));
  }
  HttpsSettings settings() const {
    HttpsSettings with;
    with.roots = fakes::tls::trust_store(authority_.trusted_pem());
    with.now = std::chrono::system_clock::now();
    return with;
  }
  // Requests that the fakes saw.
  std::vector<fakes::HttpRequest> requests() const {
    std::vector<fakes::HttpRequest> all;
    for (const fakes::Event& event : journal_.events())
      if (const auto* one = std::get_if<fakes::HttpRequest>(&event.body)) all.push_back(*one);
    return all;
  }
  std::vector<fakes::ReportReceived> reports() const {
    std::vector<fakes::ReportReceived> all;
    for (const fakes::Event& event : journal_.events())
      if (const auto* one = std::get_if<fakes::ReportReceived>(&event.body)) all.push_back(*one);
    return all;
  }
  void close_listener() { listener_.reset(); }

  template <class T>
  T run(asio::awaitable<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, T result) {
      failure = error;
      value = std::move(result);
    });
    const auto limit = std::chrono::steady_clock::now() + 30s;
    io_.restart();
    while (!value && !failure) {
      BOOST_REQUIRE(std::chrono::steady_clock::now() < limit);
      io_.run_one_for(1s);
    }
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }

  static asio::ip::address local() { return asio::ip::make_address("127.0.0.1"); }
  std::uint16_t port() const { return port_; }

 private:
  fakes::https::IdentitySource identities(const std::string& name) {
    return [this, name](CertificateClass what) {
      return authority_.issue(what, {name, "rcpt.test"});
    };
  }
  void listen(fakes::https::Host& host) {
    host_ = &host;
    listener_ = std::make_unique<fakes::net::Listener>(
        io_, tcp::endpoint(local(), 0),
        [&host](tcp::socket socket) { return host.serve(std::move(socket)); });
    port_ = listener_->local().port();
  }

  asio::io_context io_{1};
  fakes::Journal journal_;
  fakes::tls::Authority authority_;
  std::unique_ptr<fakes::https::PolicyHost> policy_host_;
  std::unique_ptr<fakes::https::Collector> collector_;
  fakes::https::Host* host_ = nullptr;
  std::unique_ptr<fakes::net::Listener> listener_;
  std::uint16_t port_ = 0;
};

fakes::PolicyHostSpec honest_host() {
  fakes::PolicyHostSpec spec;
  spec.answers[0].mx = {"mx.rcpt.test"};
  return spec;
}

fakes::HttpsRule rule_at(fakes::HttpsPosition position, fakes::Action action) {
  fakes::HttpsRule rule;
  rule.id = "r";
  rule.when.position = position;
  rule.actions.push_back(std::move(action));
  return rule;
}

using Change = std::function<void(fakes::PolicyHostSpec&)>;

// Changes the only answer.
Change answer(std::function<void(fakes::PolicyAnswer&)> change) {
  return [change](fakes::PolicyHostSpec& spec) { change(spec.answers[0]); };
}
Change certificate(CertificateClass what) {
  return [what](fakes::PolicyHostSpec& spec) { spec.https.certificate = what; };
}
Change rule(fakes::HttpsPosition position, fakes::Action action) {
  return [=](fakes::PolicyHostSpec& spec) { spec.https.rules = {rule_at(position, action)}; };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sts_fetch)

BOOST_AUTO_TEST_CASE(honest) {
  FetchWorld world;
  world.start(honest_host());
  const StsFetch fetch = world.fetch();
  BOOST_REQUIRE(fetch.policy.has_value());
  BOOST_TEST(fetch.policy->mx == std::vector<std::string>{"mx.rcpt.test"});
  BOOST_TEST((fetch.policy->mode == StsMode::enforce));
  const auto requests = world.requests();
  BOOST_REQUIRE(requests.size() == 1u);
  BOOST_TEST(requests[0].method == "GET");
  BOOST_TEST(requests[0].target == "/.well-known/mta-sts.txt");
  // RFC 8461 7.1.
  BOOST_TEST(requests[0].sni == "mta-sts.rcpt.test");
  BOOST_TEST(requests[0].host == "mta-sts.rcpt.test:" + std::to_string(world.port()));
}

BOOST_AUTO_TEST_CASE(deviations) {
  const std::string error = "sts-policy-fetch-error";
  const std::string invalid = "sts-policy-invalid";
  const std::string webpki = "sts-webpki-invalid";
  struct Row {
    std::string name;
    Change change;
    std::string cause;  // empty: a policy
  };
  using enum CertificateClass;
  const std::vector<Row> rows = {
      {"LF line ends", answer([](auto& a) { a.line_end = fakes::LineEnd::lf; }), ""},
      {"no last line end", answer([](auto& a) { a.last_line_end = false; }), ""},
      {"chunks", answer([](auto& a) { a.chunked = true; }), ""},
      {"drips", answer([](auto& a) {
         a.segment_bytes = 5;
         a.pause = 1ms;
       }),
       ""},
      {"charset", answer([](auto& a) { a.content_type = "text/plain; charset=utf-8"; }), ""},
      {"just small enough", answer([](auto& a) { a.body_bytes_min = 65'000; }), ""},
      {"wildcard certificate", certificate(wildcard), ""},
      {"many names", certificate(many_names), ""},
      {"redirect",
       [](fakes::PolicyHostSpec& spec) {
         fakes::PolicyAnswer moved = spec.answers[0];
         moved.target = "/moved";
         spec.answers.push_back(moved);
         spec.answers[0].status = 301;
         spec.answers[0].location = "/moved";
       },
       error},
      {"404", answer([](auto& a) { a.status = 404; }), error},
      {"500", answer([](auto& a) { a.status = 500; }), error},
      {"201", answer([](auto& a) { a.status = 201; }), error},
      {"206", answer([](auto& a) { a.status = 206; }), error},
      {"too large", answer([](auto& a) { a.body_bytes_min = 66'000; }), error},
      {"too large in chunks", answer([](auto& a) {
         a.body_bytes_min = 66'000;
         a.chunked = true;
       }),
       error},
      {"HTML", answer([](auto& a) { a.content_type = "text/html"; }), invalid},
      {"no media type", answer([](auto& a) { a.content_type = std::nullopt; }), invalid},
      {"no mx", answer([](auto& a) { a.mx.clear(); }), invalid},
      {"an empty body", answer([](auto& a) { a.body = ""; }), invalid},
      {"self-signed", certificate(self_signed), webpki},
      {"expired", certificate(expired), webpki},
      {"not yet valid", certificate(not_yet_valid), webpki},
      {"wrong host", certificate(wrong_host), webpki},
      {"untrusted", certificate(untrusted_ca), webpki},
      {"common name only", certificate(common_name_only), webpki},  // RFC 8461 3.3: DNS-ID
      {"partial wildcard", certificate(partial_wildcard), webpki},
      {"no answer", rule(fakes::HttpsPosition::request, fakes::Close{}), error},
      {"reset", rule(fakes::HttpsPosition::request, fakes::Close{fakes::CloseHow::rst}), error},
      {"cut", rule(fakes::HttpsPosition::body, fakes::Close{}), error},
      {"garbage",
       [](fakes::PolicyHostSpec& spec) {
         fakes::Reply reply;
         reply.raw = "220 mx ESMTP\r\n\r\n";
         spec.https.rules = {rule_at(fakes::HttpsPosition::request, reply)};
       },
       error},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      FetchWorld world;
      fakes::PolicyHostSpec spec = honest_host();
      row.change(spec);
      world.start(spec);
      const StsFetch fetch = world.fetch();
      BOOST_TEST(fetch.cause == row.cause);
      BOOST_TEST(fetch.policy.has_value() == row.cause.empty());
      BOOST_TEST(fetch.reason.empty() == row.cause.empty());
      // RFC 8461 3.3: a redirect is not followed; nothing is asked of who has no certificate.
      BOOST_TEST(world.requests().size() == (row.cause == webpki ? 0u : 1u));
    }
  }
}

// Without a length the body ends with the connection; only close_notify says that it is whole.
BOOST_AUTO_TEST_CASE(a_body_that_ends_with_the_connection) {
  for (const bool notified : {true, false}) {
    FetchWorld world;
    fakes::PolicyHostSpec spec = honest_host();
    fakes::Reply reply;
    reply.raw = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body_of(spec.answers[0]);
    fakes::HttpsRule rule = rule_at(fakes::HttpsPosition::request, reply);
    rule.actions.push_back(
        fakes::Close{notified ? fakes::CloseHow::fin : fakes::CloseHow::no_notify});
    spec.https.rules = {rule};
    world.start(spec);
    BOOST_TEST(world.fetch().policy.has_value() == notified);
  }
}

BOOST_AUTO_TEST_CASE(late) {
  for (const fakes::HttpsPosition position :
       {fakes::HttpsPosition::request, fakes::HttpsPosition::body}) {
    FetchWorld world;
    fakes::PolicyHostSpec spec = honest_host();
    spec.https.rules = {rule_at(position, fakes::Hang{})};
    world.start(spec);
    const StsFetch fetch = world.fetch(200ms);
    BOOST_TEST(fetch.cause == "sts-policy-fetch-error");
    BOOST_TEST(fetch.reason == "timed out");
  }
  // One deadline for all: a byte now and then buys no time.
  FetchWorld world;
  fakes::PolicyHostSpec spec = honest_host();
  spec.answers[0].segment_bytes = 1;
  spec.answers[0].pause = 20ms;
  world.start(spec);
  BOOST_TEST(world.fetch(200ms).reason == "timed out");
}

BOOST_AUTO_TEST_CASE(unreachable) {
  FetchWorld world;
  world.start(honest_host());
  BOOST_TEST(world.run(fetch_sts_policy("rcpt.test", {}, 443, world.settings())).reason ==
             "no address");
  // The second address is tried where the first refuses.
  const auto refusing = asio::ip::make_address("127.0.0.2");
  BOOST_TEST(world
                 .run(fetch_sts_policy("rcpt.test", {refusing, FetchWorld::local()}, world.port(),
                                       world.settings()))
                 .policy.has_value());
  world.close_listener();
  BOOST_TEST(world.fetch().cause == "sts-policy-fetch-error");
}

BOOST_AUTO_TEST_CASE(the_clock_is_passed_in) {
  FetchWorld world;
  world.start(honest_host());
  HttpsSettings later = world.settings();
  later.now += std::chrono::hours(24 * 60);
  BOOST_TEST(
      world.run(fetch_sts_policy("rcpt.test", {FetchWorld::local()}, world.port(), later)).cause ==
      "sts-webpki-invalid");
}

// RFC 8460 5.4, 3.
BOOST_AUTO_TEST_CASE(a_report_is_posted) {
  FetchWorld world;
  fakes::CollectorSpec spec;
  fakes::CollectorAnswer busy;
  busy.nth = {1, 1};
  busy.status = 503;
  spec.answers = {busy};
  spec.https.certificate = CertificateClass::self_signed;
  world.start(spec);
  HttpsRequest request;
  request.host = "tlsrpt.rcpt.test";
  request.method = "POST";
  request.target = "/v1/tlsrpt";
  request.content_type = "application/tlsrpt+gzip";
  request.body = fakes::https::gzip("{}");
  BOOST_TEST((world.exchange(request).kind == HttpsAnswer::Kind::certificate));
  request.verifies = false;
  BOOST_TEST(world.exchange(request).status == 503u);
  BOOST_TEST(world.exchange(request).status == 201u);
  const auto reports = world.reports();
  BOOST_REQUIRE(reports.size() == 2u);
  BOOST_TEST(reports[1].json == "{}");
}

BOOST_AUTO_TEST_SUITE_END()
