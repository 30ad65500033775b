// Planted defects of reception that show on a connection only: the same client, a correct server
// and the defective one.
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "client.hpp"

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using namespace smtprig::fakes;
using namespace std::string_literals;
using embedded::test::Client;
using embedded::test::World;

using Look = std::function<std::string(World&)>;

constexpr std::size_t listener = 1;  // behind the one in clear

std::string mail_from(World& world, const tls::Settings& settings) {
  Client client(world, listener);
  const std::string refused = client.start_tls(settings);
  return refused.empty() ? client.code("MAIL FROM:<a@from.test>") : refused;
}

Look mail_with_certificate(CertificateClass what) {
  return [what](World& world) {
    tls::Settings settings = Client::modern();
    settings.identity = world.authority().issue_client(what, {"client.test", ""});
    const std::string said = mail_from(world, settings);
    return said.find("250") == 0 ? "taken"s : "refused"s;
  };
}

// Two connections without a certificate, the second with the session of the first.
std::string mail_when_resumed(World& world) {
  tls::Settings settings = Client::modern();
  settings.versions.tickets = Tickets::resumed;
  {
    Client first(world, listener);
    first.start_tls(settings);
    settings.session = first.engine().session();
    BOOST_TEST((settings.session != nullptr));
    first.close();
  }
  return mail_from(world, settings) == "250" ? "taken" : "refused";
}

std::string next_greeting(World& world) {
  BOOST_TEST(world.run_until([&world] { return world.server().sessions() == 0; }));
  Client next(world, listener);
  return next.reply().substr(0, 3);
}

std::string injected(World& world) {
  Client client(world, listener);
  client.reply();
  client.send("STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<x@from.test>\r\n");
  client.reply();
  BOOST_TEST(client.shake_hands() == "");
  return client.code("QUIT");
}

std::string old_tls(World& world) {
  tls::Settings settings = Client::modern();
  settings.versions = {TlsVersion::tls1_0, TlsVersion::tls1_1};
  return mail_from(world, settings) == "250" ? "taken" : "refused";
}

std::string after_failure(World& world) {
  {
    Client client(world, listener);
    client.reply();
    client.ask("STARTTLS");
    tls::Settings settings = Client::modern();
    settings.versions = {TlsVersion::tls1_2, TlsVersion::tls1_2, "AES128-SHA"};
    BOOST_TEST(client.shake_hands(settings) != "");
    client.close();
  }
  return next_greeting(world);
}

std::string after_break(World& world) {
  {
    Client client(world, listener);
    client.reply();
    client.ask("STARTTLS");
    client.close();
  }
  return next_greeting(world);
}

std::string commands_for_a_handshake(World& world) {
  Client client(world, listener);
  client.reply();
  client.ask("STARTTLS");
  client.send("NOOP\r\nQUIT\r\n");
  return client.rest().starts_with("250 2.0.0 ok\r\n221 ") ? "obeyed" : "refused";
}

Look name_asked(const std::string& name) {
  return [name](World& world) {
    tls::Settings settings = Client::modern();
    settings.server_name = name;
    return mail_from(world, settings);
  };
}

// Leaves upon the final dot, or says QUIT.
Look message_then(const std::string& last) {
  return [last](World& world) {
    {
      Client client(world, 0);
      client.send("EHLO c.test\r\nMAIL FROM:<a@from.test>\r\nRCPT TO:<r@to.test>\r\nDATA\r\n");
      client.send("x\r\n.\r\n" + last);
      client.close();
    }
    BOOST_TEST(world.run_until([&world] { return world.server().sessions() == 0; }));
    for (const std::string& line : world.log) {
      if (line.starts_with("queued ") && line.find(" from=<a@from.test> ") != std::string::npos)
        return "queued"s;
    }
    return "lost"s;
  };
}

std::string cut_in_data(World& world) {
  Client client(world, 0);
  client.send("EHLO c.test\r\nMAIL FROM:<a@from.test>\r\nRCPT TO:<r@to.test>\r\nDATA\r\nhalf");
  client.close();
  BOOST_TEST(world.run_until([&world] { return world.server().sessions() == 0; }));
  for (const std::string& line : world.log) {
    if (line.starts_with("queued ")) return "queued";
  }
  return "dropped";
}

struct Row {
  std::string mutant;
  InboundPolicy policy;
  Look look;
  std::string correct;
  std::string defective;
};

// Asks for a web page, in a process of its own.
int status_of_web_client(const Mutants& mutants) {
  const pid_t child = fork();
  if (child == 0) {
    // The signal is the result: the test framework must not catch it.
    std::signal(SIGABRT, SIG_DFL);
    World world(model::Policy::none, mutants);
    world.start();
    Client client(world, 0);
    client.send("GET / HTTP/1.1\r\n\r\n");
    client.rest();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound_mutants)

BOOST_AUTO_TEST_CASE(each_is_seen) {
  constexpr auto may = InboundPolicy::may;
  constexpr auto require = InboundPolicy::require_client_cert;
  const std::vector<Row> rows = {
      {"accepts-self-signed-client", require, mail_with_certificate(CertificateClass::self_signed),
       "refused", "taken"},
      {"accepts-self-signed-client", require, mail_with_certificate(CertificateClass::untrusted_ca),
       "refused", "refused"},
      {"accepts-expired-client", require, mail_with_certificate(CertificateClass::expired),
       "refused", "taken"},
      {"forgets-client-certificate", require, mail_with_certificate(CertificateClass::self_signed),
       "refused", "refused"},
      {"trusts-resumed-clients", require, mail_when_resumed, "refused", "taken"},
      {"keeps-injected-commands", may, injected, "221", "250"},
      {"accepts-old-tls", may, old_tls, "refused", "taken"},
      {"bears-a-grudge", may, after_failure, "220", "554"},
      {"bears-a-grudge", may, after_break, "220", "220"},
      {"leaks-handshakes", may, after_break, "220", "421"},
      {"leaks-handshakes", may, after_failure, "220", "220"},
      {"parses-garbage", may, commands_for_a_handshake, "refused", "obeyed"},
      {"parses-garbage", may, name_asked("me.test"), "250", "250"},
      {"needs-known-name", may, name_asked("elsewhere.test"), "250", "tlsv1 unrecognized name"},
      {"needs-known-name", may, name_asked("me.test"), "250", "250"},
      {"needs-known-name", may, name_asked(""), "250", "250"},
      {"queues-unfinished", InboundPolicy::none, cut_in_data, "dropped", "queued"},
      {"forgets-after-dot", InboundPolicy::none, message_then(""), "queued", "lost"},
      {"forgets-after-dot", InboundPolicy::none, message_then("QUIT\r\n"), "queued", "queued"},
  };
  for (const Row& row : rows) {
    for (const bool planted : {false, true}) {
      BOOST_TEST_CONTEXT(row.mutant << (planted ? ", planted" : ", correct")) {
        World world(model::Policy::none, planted ? mutant_named(row.mutant).value() : Mutants{});
        world.add_listener(row.policy);
        world.start();
        BOOST_TEST(row.look(world) == (planted ? row.defective : row.correct));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_process) {
  const int correct = status_of_web_client({});
  BOOST_TEST((WIFEXITED(correct) && WEXITSTATUS(correct) == 0));
  const int crashed = status_of_web_client({.crashes_on_http = true});
  BOOST_TEST((WIFSIGNALED(crashed) && WTERMSIG(crashed) == SIGABRT));
}

BOOST_AUTO_TEST_SUITE_END()
