// A real Postfix in an isolated lab, from the system or from the cache; fetched if the package
// archive can be reached. Exit status 77: skipped, with what is missing.
#define BOOST_TEST_MODULE lab_postfix
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <iostream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include "finger.hpp"
#include "harness/judge/judge.hpp"
#include "harness/lab/channel.hpp"
#include "harness/lab/launch.hpp"
#include "harness/lab/network.hpp"
#include "harness/servers/fetch.hpp"
#include "postfix_body.hpp"

using namespace smtprig;
using namespace smtprig::tests;

namespace {

const std::filesystem::path share = SMTPRIG_SOURCE_DIR "/harness/servers";
const std::filesystem::path scenarios = SMTPRIG_SOURCE_DIR "/scenarios";

servers::Installed installed(const model::ServerDescription& description) {
  return servers::find_installed(description, "", "", servers::cache_directory());
}

// One frame with the name of a play, one with its findings.
int body(int channel) {
  const auto request = lab::receive_frame(channel);
  if (!request) return 0;
  const model::ServerDescription description = servers::describe_server(share, "postfix");
  Findings findings;
  if (*request == "kill") findings = kill_postfix(description, installed(description));
  if (*request == "deliver")
    findings = play_postfix(description, installed(description), lab::Ids::all);
  if (*request == "deliver with one id")
    findings = play_postfix(description, installed(description), lab::Ids::one);
  if (*request == "log in")
    findings = log_in_to_postfix(description, installed(description), lab::Ids::all);
  if (*request == "log in with one id")
    findings = log_in_to_postfix(description, installed(description), lab::Ids::one);
  if (*request == "configured")
    findings = configure_postfix(description, installed(description), lab::Ids::all);
  if (*request == "configured with one id")
    findings = configure_postfix(description, installed(description), lab::Ids::one);
  if (*request == "finger")
    findings = finger_all(description, installed(description), scenarios / "dane");
  if (*request == "nothing") const lab::Network network(lab::Mode::isolated);
  lab::send_frame(channel, boost::json::serialize(boost::json::value_from(findings)));
  return 0;
}

Findings play(const std::string& name) {
  lab::LabProcess process(lab::Mode::isolated);
  lab::send_frame(process.channel(), name);
  const std::string answer = lab::receive_frame(process.channel()).value_or("{}");
  const boost::json::value value = boost::json::parse(answer);
  if (value.as_object().contains("error") && value.at("error").is_object()) {
    return {{"error", answer}};
  }
  return boost::json::value_to<Findings>(value);
}

int milliseconds(const Findings& findings, const char* name) {
  return findings.contains(name) ? std::stoi(findings.at(name)) : -1;
}

// Empty: Postfix is there and can be run.
std::string obstacle() {
  try {
    const model::ServerDescription description = servers::describe_server(share, "postfix");
    if (servers::all_installed(description, servers::cache_directory()).empty()) {
      servers::fetch(description, servers::cache_directory(),
                     [](const std::string& text) { std::cout << text << '\n'; });
    }
    return play("nothing")["error"];
  } catch (const lab::LabError& error) {
    return error.what();
  }
}

}  // namespace

BOOST_DATA_TEST_CASE(one_message_is_delivered_and_one_removed,
                     boost::unit_test::data::make({"deliver", "deliver with one id"}), request) {
  Findings found = play(request);
  BOOST_TEST_REQUIRE(found["error"] == "", found["error"] << "\n" << found["log"]);
  BOOST_TEST(found["alive"] == "alive");
  BOOST_TEST(found["reply"].starts_with("250 "));
  BOOST_TEST(found["same id"] == "yes");
  BOOST_TEST(found["delivered"] ==
             found["expected relay"] + " 2.0.0 250 2.0.0 taken) status=bounced (550 5.1.1 no");
  BOOST_TEST(found["content"].find("token-1234") != std::string::npos);
  BOOST_TEST(found["deferred"].starts_with("4.4.1 connect to "));
  BOOST_TEST(found["went by itself"] == "yes");
  BOOST_TEST(found["left"] == "no");
  BOOST_TEST(found["user of qmgr"] == (std::string(request) == "deliver" ? "2101" : "0"));
  for (const char* name : {"start ms", "second start ms", "deliver ms", "remove ms", "stop ms"}) {
    BOOST_TEST_MESSAGE(name << ": " << found[name]);
    BOOST_TEST(milliseconds(found, name) >= 0);
  }
}

BOOST_DATA_TEST_CASE(it_asks_the_rig_who_may_log_in,
                     boost::unit_test::data::make({"log in", "log in with one id"}), request) {
  Findings found = play(request);
  BOOST_TEST_REQUIRE(found["error"] == "", found["error"] << "\n" << found["log"]);
  BOOST_TEST(found["features"].find("250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\n") != std::string::npos,
             found["features"]);
  const std::string good = "235 2.7.0 Authentication successful";
  const std::string bad = "535 5.7.8 Error: authentication failed: (reason unavailable)";
  const std::string user = "334 VXNlcm5hbWU6 | ", password = "334 UGFzc3dvcmQ6 | ";
  BOOST_TEST(found["plain good"] == good);
  BOOST_TEST(found["plain later"] == "334  | " + good);
  BOOST_TEST(found["plain bad"] == bad);
  BOOST_TEST(found["login good"] == user + password + good);
  BOOST_TEST(found["login bad"] == user + password + bad);
  BOOST_TEST(found["login cancelled"] ==
             user + password + "501 5.7.0 Authentication aborted | " + password + good);
  BOOST_TEST(found["cram good"].starts_with("334 "));
  BOOST_TEST(found["cram good"].ends_with(" | " + good));
  BOOST_TEST(found["cram bad"].ends_with(" | " + bad));
  BOOST_TEST(found["xoauth2 good"] == good);
  BOOST_TEST(found["xoauth2 bad"].starts_with("334 "));
  BOOST_TEST(found["xoauth2 bad"].ends_with(" | " + bad));
  BOOST_TEST(found["unknown"] ==
             "535 5.7.8 Error: authentication failed: Invalid authentication mechanism");
}

BOOST_DATA_TEST_CASE(it_runs_as_a_user_configured_it,
                     boost::unit_test::data::make({"configured", "configured with one id"}),
                     request) {
  Findings found = play(request);
  BOOST_TEST_REQUIRE(found["error"] == "", found["error"] << "\n" << found["log"]);
  BOOST_TEST(found["alive"] == "alive");
  BOOST_TEST(found["reply"].starts_with("250 "), found["reply"]);
  BOOST_TEST(found["delivered"] == found["expected relay"]);
  BOOST_TEST(found["content"].find("X-Own: yes\n") != std::string::npos, found["content"]);
  BOOST_TEST(found["content"].find("by mail.example.test") != std::string::npos);
  BOOST_TEST(found["log"].find("from=<canonical@sender.test>") != std::string::npos);
  BOOST_TEST(found["seen at home"] == "yes");
  BOOST_TEST(found["home afterwards"] == "gone");
  BOOST_TEST(found["folder itself"] == "same");
  BOOST_TEST(found["machine"] == "kept");
  // Nothing that Postfix could not find or do.
  for (const char* bad : {"fatal: ", "error: ", "warning: /", "unsupported"})
    BOOST_TEST(found["log"].find(bad) == std::string::npos, found["log"]);
}

BOOST_AUTO_TEST_CASE(its_death_is_told_and_a_fresh_one_starts) {
  Findings found = play("kill");
  BOOST_TEST_REQUIRE(found["error"] == "", found["error"] << "\n" << found["log"]);
  BOOST_TEST(found["death"] == "signal 9 (Killed)");
  BOOST_TEST_MESSAGE("death ms: " << found["death ms"]);
  BOOST_TEST(found["health"] == "crashed");
  BOOST_TEST(found["fresh"] == "alive");
  BOOST_TEST(found["bad start"].find("start postfix: exit 1") != std::string::npos);
  // Told by syslog, before Postfix knows of any other log.
  BOOST_TEST(found["bad start"].find("fatal: usage: ") != std::string::npos, found["bad start"]);
}

// Every host of every DANE scenario, by a client that shares nothing with the rig but the RFCs.
BOOST_AUTO_TEST_CASE(posttls_finger_agrees_on_every_dane_row) {
  Findings found = play("finger");
  BOOST_TEST_REQUIRE(found["error"] == "", found["error"]);
  std::map<std::string_view, std::size_t> claims;
  std::string beyond;
  for (const FingerRow& row : finger_rows(scenarios / "dane")) {
    const std::string id = row.cell.id();
    const Claim claim = claim_of(found[id], row.cell.policy);
    ++claims[name(claim)];
    if (claim == Claim::beyond) {
      beyond += row.cell.scenario->id + "\n";
      continue;
    }
    const model::Ruling ruling = judge::ruling(row.cell);
    BOOST_TEST(agrees(claim, ruling), id << ": permitted is " << judge::text(ruling.permitted)
                                         << ", posttls-finger: " << name(claim) << "\n"
                                         << found[id]);
  }
  for (const auto& [claim, rows] : claims)
    BOOST_TEST_MESSAGE(claim << ": " << rows << " rows");
  for (const char* claim : {"authenticated", "encrypted", "clear", "refused"})
    BOOST_TEST(claims[claim] > 0U, claim);
  // Under dane-only alone; see Claim::beyond.
  BOOST_TEST(beyond ==
             "dane/insecure/mx\ndane/insecure/mx-wrong-records\n"
             "dane/insecure/mx-anchor-names-domain\ndane/insecure/mx-plaintext\n"
             "dane/domain-is-alias/insecure\n");
}

int main(int argc, char** argv) {
  if (argc > 2 && std::string(argv[1]) == "lab-init") {
    return lab::init_main(lab::Mode::isolated, body);
  }
  if (const std::string text = obstacle(); !text.empty()) {
    std::cout << "skipped: no Postfix in an isolated lab: " << text << '\n';
    return 77;
  }
  return boost::unit_test::unit_test_main(init_unit_test, argc, argv);
}
