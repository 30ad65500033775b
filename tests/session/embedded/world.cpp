// See world.hpp.
#include "world.hpp"

#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

namespace smtprig::embedded::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

Timeouts World::short_timeouts() {
  // Long enough for any machine: only rows about silence wait for one, and they bring their own.
  return {
      .dns = 20s, .connect = 20s, .reply = 20s, .handshake = 20s, .final_dot = 20s, .quit = 20s};
}

World::World(model::Policy policy, Mutants mutants, Timeouts timeouts)
    : policy_(policy), mutants_(mutants), timeouts_(timeouts) {
  table_.add_zone("test", false);
  dns_ = std::make_unique<fakes::dns::Server>(
      io_, asio::ip::udp::endpoint(asio::ip::make_address("127.0.0.1"), 0), table_,
      [this](const fakes::DnsQuery& query) { journal_.add("dns", 0, query); });
  sink_ = std::make_unique<fakes::smtp::Receiver>(
      "mx.from.test", "sink", fakes::ReceiverSpec{.starttls = fakes::StartTls::no}, nullptr,
      journal_);
  listen(*sink_, "127.0.1.1");
  table_.add({.name = "from.test", .type = "MX", .data = "10 mx.from.test."});
  table_.add({.name = "mx.from.test", .type = "A", .data = "127.0.1.1"});
}

World::~World() {
  if (server_) server_->stop();
  for (const auto& receiver : receivers_)
    receiver->stop();
  sink_->stop();
  listeners_.clear();
  dns_.reset();
  // What was started is seen to end.
  io_.restart();
  io_.run_for(30s);
  BOOST_TEST(io_.stopped(), "work is left behind");
}

void World::listen(fakes::smtp::Receiver& receiver, const std::string& address) {
  listeners_.push_back(std::make_unique<fakes::net::Listener>(
      io_, tcp::endpoint(asio::ip::make_address(address), port_),
      [&receiver](tcp::socket socket) { return receiver.serve(std::move(socket)); }));
  if (port_ == 0) port_ = listeners_.back()->local().port();
}

void World::add_host(const std::string& name, const std::string& address, unsigned preference) {
  table_.add({.name = name, .type = "A", .data = address});
  if (preference == 0) return;
  table_.add({.name = domain, .type = "MX", .data = fmt::format("{} {}.", preference, name)});
}

void World::add_receiver(fakes::ReceiverSpec spec, unsigned preference) {
  const std::string who = fmt::format("mx{}", ++hosts_);
  const std::string name = who + ".to.test";
  const std::string address = fmt::format("127.0.2.{}", hosts_);
  const fakes::tls::Names names{name, domain};
  pins_.push_back(authority_.issue(spec.certificate, names)->sha256_certificate);
  receivers_.push_back(std::make_unique<fakes::smtp::Receiver>(
      name, who, std::move(spec),
      [this, names](auto what) { return authority_.issue(what, names); }, journal_));
  listen(*receivers_.back(), address);
  add_host(name, address, preference);
}

void World::add_dead_host(unsigned preference) {
  ++hosts_;
  add_host(fmt::format("mx{}.to.test", hosts_), fmt::format("127.0.2.{}", hosts_), preference);
}

void World::add_listener(InboundPolicy policy, Service service, const std::string& address) {
  entries_.push_back({tcp::endpoint(asio::ip::make_address(address), 0), policy, service});
}

void World::start() {
  Config config;
  config.hostname = "me.test";
  config.listen = tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0);
  config.dns = tcp::endpoint(dns_->local().address(), dns_->local().port());
  config.smtp_port = port_;
  config.ca_pem = authority_.trusted_pem();
  config.schedule = Schedule({1ms, 1ms});
  config.timeouts = timeouts_;
  const auto pins = policy_ == model::Policy::fingerprint ? pins_ : std::vector<std::string>{};
  BOOST_REQUIRE(config.policies.add(domain, name(policy_), pins).has_value());
  config.listeners = entries_;
  config.users = {{"user", "secret"}};
  if (!entries_.empty()) {
    config.certificate_pem = fakes::tls::identity_pem(
        *authority_.issue(fakes::CertificateClass::good, {config.hostname, ""}));
  }
  server_ = std::make_unique<Server>(
      io_, std::move(config), mutants_,
      [this](const std::string& line) { log.push_back(line.substr(line.find(' ') + 1)); });
}

bool World::run_until(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  io_.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    io_.run_one_for(1s);
  }
  return true;
}

void World::deliver(const std::vector<std::string>& recipients) {
  if (!server_) start();
  fakes::smtp::Envelope envelope{
      .mail_from = "a@from.test",
      .recipients = recipients,
      .content = "Subject: x\r\nX-Smtprig-Token: 0123abcd\r\n\r\n.dot\r\n"};
  std::optional<std::vector<fakes::smtp::Submission>> result;
  asio::co_spawn(io_, fakes::smtp::send_mail(server_->local(), {envelope}, {}),
                 [&result](std::exception_ptr failure, std::vector<fakes::smtp::Submission> told) {
                   if (failure) std::rethrow_exception(failure);
                   result = std::move(told);
                 });
  BOOST_REQUIRE(run_until([&result] { return result.has_value(); }));
  BOOST_REQUIRE((result->at(0).status == fakes::smtp::Submission::Status::accepted));
  BOOST_TEST(result->at(0).reply.find("queued as E") != std::string::npos);
  BOOST_TEST(run_until([this] { return server_->queued() == 0 && server_->sessions() == 0; }),
             "the server did not come to an end");
}

std::string World::story() const {
  std::string story;
  for (const std::string& line : log) {
    const bool ours = line.find(" id=E000001 ") != std::string::npos;
    const bool decides = line.find(" to=<r@to.test>") != std::string::npos;
    const std::string event = line.substr(0, line.find(' '));
    if (!ours || event == "queued" || (!decides && event != "tls")) continue;
    if (!story.empty()) story += ' ';
    story += event;
    if (event == "tls") story += ':' + line.substr(line.find("trust=") + 6, 4);
    const std::size_t status = line.find("status=");
    if (status != std::string::npos) {
      story += ':' + line.substr(status + 7, line.find(' ', status) - status - 7);
    }
  }
  return story;
}

std::string World::copies() const {
  std::string copies;
  for (const fakes::Event& event : journal_.events()) {
    const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body);
    if (!accepted || event.who == "sink") continue;
    BOOST_TEST(accepted->token == "0123abcd");
    if (!copies.empty()) copies += ' ';
    copies += event.who + (accepted->tls ? ":tls" : ":clear");
  }
  return copies;
}

std::vector<fakes::MessageAccepted> World::notifications() const {
  std::vector<fakes::MessageAccepted> all;
  for (const fakes::Event& event : journal_.events()) {
    const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body);
    if (accepted && event.who == "sink") all.push_back(*accepted);
  }
  return all;
}

std::vector<std::string> World::lines_in(const std::string& who) const {
  std::vector<std::string> lines;
  for (const fakes::Event& event : journal_.events()) {
    const auto* line = std::get_if<fakes::LineIn>(&event.body);
    if (line && event.who == who) lines.push_back((line->tls ? "*" : "") + line->text);
  }
  return lines;
}

}  // namespace smtprig::embedded::test
