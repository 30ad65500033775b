// Every planted defect, seen from outside: the same receiver, a correct server and the defective
// one.
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include "world.hpp"

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using namespace smtprig::fakes;
using embedded::test::World;
using model::Policy;

ReceiverSpec with(std::variant<SmtpPosition, TlsStage> position, std::vector<Action> actions) {
  ReceiverSpec spec;
  spec.rules.push_back(
      {.id = "rule", .when = {.position = position}, .actions = std::move(actions)});
  return spec;
}

Reply says(const std::string& line) {
  Reply reply;
  reply.lines.push_back(line);
  return reply;
}

Reply raw(const std::string& bytes) {
  Reply reply;
  reply.raw = bytes;
  return reply;
}

// What can be seen: story and copies, and the commands of the receiver where they tell it.
std::string seen(Policy policy, const ReceiverSpec& spec, const Mutants& mutants, bool commands,
                 const std::function<void(World&)>& also) {
  World world(policy, mutants);
  world.add_receiver(spec);
  if (also) also(world);
  world.deliver();
  std::string text = world.story() + " / " + world.copies();
  if (!commands) return text;
  for (const std::string& line : world.lines_in("mx1"))
    text += " / " + line;
  return text;
}

struct Row {
  std::string mutant;
  Policy policy;
  ReceiverSpec spec;
  bool commands = false;  // the defect is in the commands
  std::function<void(World&)> also = nullptr;
};

// Sends tickets, and does so with them; the first message inside TLS is told to come back.
ReceiverSpec with_tickets(Tickets tickets, CertificateClass certificate) {
  ReceiverSpec spec = with(SmtpPosition::mail, {says("451 4.3.0 later")});
  spec.rules.front().when.phase = Phase::post_tls;
  spec.rules.front().when.connection = {1, 1};
  spec.tls.tickets = tickets;
  spec.certificate = certificate;
  return spec;
}

const ReceiverSpec garbage = with(TlsStage::start, {raw("what is this?\r\n"), Close{}});

// Runs a delivery to a receiver that answers the ClientHello with garbage, in a process of its own.
int status_of_process(const std::string& mutant, unsigned seconds) {
  const pid_t child = fork();
  if (child == 0) {
    // The signals are the result: the test framework must not catch them.
    std::signal(SIGABRT, SIG_DFL);
    std::signal(SIGALRM, SIG_DFL);
    alarm(seconds);  // what still hangs then is ended by a signal
    World world(Policy::encrypt, mutant.empty() ? Mutants{} : mutant_named(mutant).value());
    world.add_receiver(garbage);
    world.deliver();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mutants)

BOOST_AUTO_TEST_CASE(each_is_seen) {
  const std::vector<Row> rows = {
      {"ignores-name", Policy::verify, {.certificate = CertificateClass::wrong_host}},
      {"ignores-chain", Policy::secure, {.certificate = CertificateClass::untrusted_ca}},
      {"ignores-dates", Policy::verify, {.certificate = CertificateClass::expired}},
      {"ignores-pin", Policy::fingerprint, {}, false, [](World& world) { world.forget_pins(); }},
      {"remembers-refused-certificate",
       Policy::verify,
       {.certificates = {{.certificate = CertificateClass::expired, .connection = {1, 1}}}}},
      {"plaintext-fallback-under-encrypt", Policy::encrypt, {.starttls = StartTls::no}},
      {"mail-before-verification",
       Policy::verify,
       {.certificate = CertificateClass::self_signed},
       true},
      {"keeps-injected-reply", Policy::may,
       with(SmtpPosition::starttls, {raw("220 go\r\n250-mx\r\n250 SIZE 10\r\n")})},
      {"no-second-ehlo", Policy::may, {}, true},
      {"double-delivers", Policy::may, {}},
      {"loses-on-final-dot-4xx", Policy::may, with(SmtpPosition::end_of_data, {says("451 no")})},
      {"bounces-on-4xx", Policy::may, with(SmtpPosition::rcpt, {says("451 no")})},
      {"never-falls-back", Policy::may, with(SmtpPosition::starttls, {says("454 no")})},
      {"tries-only-first-mx", Policy::may, with(SmtpPosition::connect, {says("421 no")}), false,
       [](World& world) { world.add_receiver({}, 20); }},
      {"trusts-resumed-sessions", Policy::verify,
       with_tickets(Tickets::resumed, CertificateClass::self_signed)},
      {"insists-on-resumption", Policy::encrypt,
       with_tickets(Tickets::ignored, CertificateClass::good)},
      {"needs-close-notify", Policy::encrypt,
       with(SmtpPosition::quit, {says("221 bye"), Close{CloseHow::no_notify}})},
      {"starttls-though-not-offered", Policy::may, {.starttls = StartTls::no}, true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.mutant) {
      const Mutants mutants = mutant_named(row.mutant).value();
      BOOST_TEST(seen(row.policy, row.spec, {}, row.commands, row.also) !=
                 seen(row.policy, row.spec, mutants, row.commands, row.also));
    }
  }
}

BOOST_AUTO_TEST_CASE(pre_tls_extensions) {
  // PIPELINING is offered before TLS only: who groups commands inside it remembered.
  ReceiverSpec spec;
  spec.rules.push_back({.id = "bare",
                        .when = {.position = SmtpPosition::ehlo, .phase = Phase::post_tls},
                        .actions = {says("250 mx")}});
  const auto size_declared = [&spec](const Mutants& mutants) {
    World world(Policy::may, mutants);
    world.add_receiver(spec);
    world.deliver();
    for (const std::string& line : world.lines_in("mx1")) {
      if (line.find("SIZE=") != std::string::npos) return true;
    }
    return false;
  };
  BOOST_TEST(!size_declared({}));
  BOOST_TEST(size_declared({.uses_pre_tls_extensions = true}));
}

BOOST_AUTO_TEST_CASE(null_mx) {
  for (const bool ignores : {false, true}) {
    World world(Policy::none, {.ignores_null_mx = ignores});
    world.add_receiver({}, 0);
    world.dns().add({.name = "to.test", .type = "MX", .data = "0 ."});
    world.dns().add({.name = "to.test", .type = "A", .data = "127.0.2.1"});
    world.deliver();
    BOOST_TEST(world.copies() == (ignores ? "mx1:clear" : ""));
  }
}

BOOST_AUTO_TEST_CASE(the_process) {
  const int correct = status_of_process("", 60);
  BOOST_TEST((WIFEXITED(correct) && WEXITSTATUS(correct) == 0));
  const int crashed = status_of_process("crashes-on-garbage", 60);
  BOOST_TEST((WIFSIGNALED(crashed) && WTERMSIG(crashed) == SIGABRT));
  const int hung = status_of_process("hangs-on-garbage", 2);
  BOOST_TEST((WIFSIGNALED(hung) && WTERMSIG(hung) == SIGALRM));
}

BOOST_AUTO_TEST_CASE(the_listener) {
  for (const bool closes : {false, true}) {
    World world(Policy::encrypt, {.closes_listener_on_garbage = closes});
    world.add_receiver(garbage);
    world.deliver();
    boost::asio::ip::tcp::socket socket(world.io());
    boost::system::error_code error;
    socket.connect(world.server().local(), error);
    BOOST_TEST((error == boost::asio::error::connection_refused) == closes);
  }
}

BOOST_AUTO_TEST_SUITE_END()
