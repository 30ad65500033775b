// The delivery machine at a relay: TLS from the first byte, AUTH, and LMTP.
#include "harness/servers/embedded/delivery.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace smtprig::embedded;
using smtprig::model::Policy;

BOOST_AUTO_TEST_SUITE(delivery_relay)

namespace {

const std::string plain = "AUTH PLAIN AHRpbQB4\r\n";

// A delivery to a relay, fed with replies, "TLS" (a verified host), "anybody" (TLS with somebody)
// and "gone".
class Talk {
 public:
  explicit Talk(SessionPlan plan, Mutants mutants = {}, std::size_t recipients = 1) {
    message_.sender = "a@from.test";
    message_.content = "x\r\n";
    for (std::size_t i = 0; i < recipients; ++i) {
      message_.recipients.push_back({.address = std::to_string(i) + "@to.test"});
      plan.recipients.push_back(i);
    }
    plan.hostname = "me.test";
    plan.message = &message_;
    delivery_.emplace(std::move(plan), mutants);
    last_ = delivery_->start();
  }

  // What it does upon the last of these: "tls", "read", "finish", or the bytes it sends.
  std::string said(const std::vector<std::string>& events) {
    for (const std::string& event : events)
      last_ = step(event);
    switch (last_.kind) {
      case Action::Kind::read:
        return "read";
      case Action::Kind::start_tls:
        return "tls";
      case Action::Kind::finish:
        return "finish";
      default:
        return last_.bytes;
    }
  }

  std::string fates() const {
    std::string text;
    for (const RecipientResult& each : delivery_->result().recipients)
      text += each.fate == Fate::delivered  ? "+"
              : each.fate == Fate::bounced  ? "x"
              : each.fate == Fate::deferred ? "~"
                                            : "?";
    return text + (delivery_->result().fall_back ? " falls back" : "");
  }
  std::string status() const { return delivery_->result().recipients.front().failure.status; }

 private:
  Action step(const std::string& event) {
    if (event == "TLS")
      return delivery_->tls_up(
          {.trust = Trust::verified, .satisfied = true, .host_verified = true});
    if (event == "anybody") return delivery_->tls_up({.satisfied = true});
    if (event == "nobody") return delivery_->tls_up({.cause = "certificate-expired"});
    if (event == "no TLS") return delivery_->tls_failed("alert");
    if (event == "gone") return delivery_->lost("closed");
    smtprig::fakes::smtp::ReplyParser parser;
    std::istringstream lines(event);
    for (std::string line; std::getline(lines, line, '|');)
      parser.feed(line);
    return delivery_->reply(parser.reply());
  }

  Message message_;
  std::optional<Delivery> delivery_;
  Action last_;
};

SessionPlan with_login(Policy policy = Policy::encrypt) {
  return {.policy = policy, .login = Login{"tim", "x"}};
}
const std::string offer = "250-r|250-STARTTLS|250 AUTH PLAIN";
const std::string offer_inside = "250-r|250 AUTH PLAIN";

}  // namespace

BOOST_AUTO_TEST_CASE(tls_from_the_first_byte) {
  Talk talk({.policy = Policy::encrypt, .tls_first = true});
  BOOST_TEST(talk.said({}) == "tls");
  BOOST_TEST(talk.said({"TLS"}) == "read");
  BOOST_TEST(talk.said({"220 r"}) == "EHLO me.test\r\n");
  BOOST_TEST(talk.said({"250 r"}) == "MAIL FROM:<a@from.test>\r\n");

  // It never goes on in clear, whatever the policy.
  Talk fails({.policy = Policy::may, .tls_first = true});
  BOOST_TEST(fails.said({"no TLS"}) == "finish");
  BOOST_TEST(fails.fates() == "~");
  Talk left({.policy = Policy::may, .tls_first = true});
  BOOST_TEST(left.said({"TLS", "gone"}) == "finish");
  BOOST_TEST(left.fates() == "~");
  Talk bad({.policy = Policy::verify, .tls_first = true});
  BOOST_TEST(bad.said({"nobody"}) == "finish");
  BOOST_TEST(bad.status() == "4.7.5");
}

BOOST_AUTO_TEST_CASE(a_password_for_a_verified_host) {
  Talk talk(with_login());
  BOOST_TEST(talk.said({"220 r", offer, "220 go", "TLS", offer_inside}) == plain);
  BOOST_TEST(talk.said({"235 2.7.0 ok"}) == "MAIL FROM:<a@from.test>\r\n");
  Talk unasked(with_login());
  BOOST_TEST(unasked.said({"220 r", offer, "220 go", "TLS", "250 r"}) ==
             "MAIL FROM:<a@from.test>\r\n");
}

BOOST_AUTO_TEST_CASE(and_for_nobody_else) {
  const struct {
    const char* name;
    std::vector<std::string> events;
    bool Mutants::*defect;
  } rows[] = {
      {"in clear", {"220 r", offer_inside}, &Mutants::sends_password_in_clear},
      {"not verified",
       {"220 r", offer, "220 go", "anybody", offer_inside},
       &Mutants::tells_password_to_anybody},
      {"verification failed",
       {"220 r", offer, "220 go", "nobody", offer_inside},
       &Mutants::logs_in_before_verification},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      Talk talk(with_login(Policy::may));
      auto events = row.events;
      if (row.defect == &Mutants::logs_in_before_verification) events.pop_back();
      BOOST_TEST(talk.said(events) == "finish");
      BOOST_TEST(talk.fates() == "~");
      Mutants mutants;
      mutants.*row.defect = true;
      BOOST_TEST(Talk(with_login(Policy::may), mutants).said(row.events) == plain);
    }
  // A digest tells nobody the password.
  Talk digest(with_login(Policy::may));
  BOOST_TEST(digest.said({"220 r", "250-r|250 AUTH PLAIN CRAM-MD5"}) == "AUTH CRAM-MD5\r\n");
}

BOOST_AUTO_TEST_CASE(a_refused_password_is_the_operators_affair) {
  for (const char* reply : {"535 5.7.8 no", "454 4.7.0 later", "501 5.5.2 what"}) {
    Talk talk(with_login());
    BOOST_TEST(talk.said({"220 r", offer, "220 go", "TLS", offer_inside, reply}) == "finish");
    BOOST_TEST(talk.fates() == "~");
    BOOST_TEST(talk.status().front() == '4');
  }
  Talk endless(with_login());
  endless.said({"220 r", offer, "220 go", "TLS", offer_inside});
  BOOST_TEST(endless.said({"334 ", "334 ", "334 ", "334 "}) == "*\r\n");
  BOOST_TEST(endless.said({"334 "}) == "finish");
  BOOST_TEST(endless.fates() == "~");
  Talk asks(with_login());
  BOOST_TEST(asks.said({"220 r", offer, "220 go", "TLS", offer_inside, "334 "}) == "*\r\n");
}

BOOST_AUTO_TEST_CASE(lmtp) {
  const std::vector<std::string> begun = {"220 r",  "250 r",  "250 ok", "250 ok",
                                          "250 ok", "250 ok", "354 go"};
  const SessionPlan plan{.policy = Policy::none, .lmtp = true};
  const struct {
    std::vector<std::string> replies;
    const char* fates;
  } rows[] = {
      {{"250 ok", "250 ok", "250 ok"}, "+++"},
      {{"250 ok", "452 4.2.2 full", "250 ok"}, "+~+"},
      {{"550 no", "250-this|250 is one", "552 5.2.2 full"}, "x+x"},
      {{"250 ok", "gone"}, "+~~"},
      {{"gone"}, "~~~"},
  };
  for (const auto& row : rows) {
    Talk talk(plan, {}, 3);
    BOOST_TEST(talk.said({"220 r"}) == "LHLO me.test\r\n");
    Talk whole(plan, {}, 3);
    whole.said(begun);
    for (std::size_t i = 0; i < row.replies.size(); ++i)
      BOOST_TEST(whole.said({row.replies[i]}) == (i + 1 == row.replies.size() ? "finish" : "read"));
    BOOST_TEST(whole.fates() == row.fates);
  }
  Mutants first;
  first.first_lmtp_reply_decides = true;
  Talk defect(plan, first, 3);
  defect.said(begun);
  BOOST_TEST(defect.said({"250 ok"}) == "finish");
  BOOST_TEST(defect.fates() == "+++");
}

BOOST_AUTO_TEST_CASE(lmtp_knows_no_helo) {
  const SessionPlan plan{.policy = Policy::none, .lmtp = true};
  BOOST_TEST(Talk(plan).said({"220 r", "500 what"}) == "finish");
  Mutants ehlo;
  ehlo.says_ehlo_to_lmtp = true;
  BOOST_TEST(Talk(plan, ehlo).said({"220 r"}) == "EHLO me.test\r\n");
  // Who refuses all recipients and asks for the content is sent none: no reply would come.
  Talk odd(plan);
  BOOST_TEST(odd.said({"220 r", "250-r|250 PIPELINING", "250 ok", "550 no", "354 go"}) == "finish");
}

BOOST_AUTO_TEST_SUITE_END()
