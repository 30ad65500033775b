// One demand out of policy, DANE, MTA-STS and message: the matrices of RFC 7672 2.2, RFC 8461 5 and
// RFC 8689 4.2, and of DANE and MTA-STS together.
#include "harness/servers/embedded/host_demand.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using model::Policy;
using Kind = DaneFinding::Kind;

// One letter each: N never, O opportunistic, R required; then what must be met; or the cause.
std::string in_short(const HostDemand& demand) {
  if (!demand.usable) return demand.cause + (demand.permanent ? " for good" : "");
  std::string text(1, "NOR"[static_cast<int>(demand.tls)]);
  if (demand.local) text += " local";
  if (demand.dane) text += " dane";
  if (demand.sts) text += " sts";
  if (demand.host_name) text += " name";
  if (demand.requiretls) text += " requiretls";
  if (demand.sts_watched) text += " watched";
  if (!demand.watched_cause.empty()) text += " " + demand.watched_cause;
  return text;
}

DaneFinding finding(Kind kind) {
  DaneFinding made;
  made.kind = kind;
  made.base_domain = "base.rcpt.test";
  made.reason = "why";
  return made;
}

const StsPolicy listed{.mode = StsMode::enforce, .mx = {"mx.rcpt.test"}};
const StsPolicy unlisted{.mode = StsMode::enforce, .mx = {"other.rcpt.test"}};
const StsPolicy testing{.mode = StsMode::testing, .mx = {"mx.rcpt.test"}};
const StsPolicy testing_unlisted{.mode = StsMode::testing, .mx = {"other.rcpt.test"}};
const StsPolicy mode_none{.mode = StsMode::none};

HostSituation situation(Policy policy, Kind kind = Kind::opportunistic,
                        const StsPolicy* sts = nullptr, bool mx_secure = true) {
  HostSituation made;
  made.policy = policy;
  made.mx_host = "mx.rcpt.test";
  made.mx_secure = mx_secure;
  made.dane = finding(kind);
  made.sts = sts;
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(host_demand)

BOOST_AUTO_TEST_CASE(local_policies_ask_nobody) {
  const std::vector<std::pair<Policy, std::string>> rows = {
      {Policy::none, "N"},         {Policy::may, "O"},
      {Policy::encrypt, "R"},      {Policy::fingerprint, "R local"},
      {Policy::verify, "R local"}, {Policy::secure, "R local"},
  };
  for (const auto& [policy, expected] : rows) {
    for (const Kind kind : {Kind::opportunistic, Kind::usable, Kind::unusable, Kind::failed}) {
      for (const StsPolicy* sts : {static_cast<const StsPolicy*>(nullptr), &listed, &unlisted}) {
        const HostDemand demand = demand_of(situation(policy, kind, sts));
        BOOST_TEST(in_short(demand) == expected, model::name(policy));
        BOOST_TEST(demand.sni == "mx.rcpt.test");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(dane) {
  struct Row {
    Kind kind;
    bool mx_secure;
    std::string dane;
    std::string dane_only;
    std::string sni;
  };
  const std::vector<Row> rows = {
      {Kind::opportunistic, true, "O", "dane-required", "mx.rcpt.test"},
      {Kind::usable, true, "R dane", "R dane", "base.rcpt.test"},
      {Kind::unusable, true, "R", "tlsa-invalid", "base.rcpt.test"},
      {Kind::failed, true, "dnssec-invalid", "dnssec-invalid", ""},
      {Kind::opportunistic, false, "O", "dane-required", "mx.rcpt.test"},
      {Kind::usable, false, "O", "dane-required", "mx.rcpt.test"},
      {Kind::unusable, false, "O", "dane-required", "mx.rcpt.test"},
      {Kind::failed, false, "O", "dane-required", "mx.rcpt.test"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(static_cast<int>(row.kind) << (row.mx_secure ? "" : ", insecure MX")) {
      // No policy of MTA-STS is looked at.
      const HostDemand demand =
          demand_of(situation(Policy::dane, row.kind, &unlisted, row.mx_secure));
      BOOST_TEST(in_short(demand) == row.dane);
      if (demand.usable) BOOST_TEST(demand.sni == row.sni);
      const HostDemand only =
          demand_of(situation(Policy::dane_only, row.kind, &unlisted, row.mx_secure));
      BOOST_TEST(in_short(only) == row.dane_only);
      BOOST_TEST(only.usable == only.reason.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(sts) {
  struct Row {
    const StsPolicy* sts;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {nullptr, "O"},          {&mode_none, "O"},
      {&listed, "R sts"},      {&unlisted, "validation-failure"},
      {&testing, "O watched"}, {&testing_unlisted, "O watched validation-failure"},
  };
  for (const Row& row : rows) {
    for (const Kind kind : {Kind::opportunistic, Kind::usable, Kind::failed}) {
      const HostDemand demand = demand_of(situation(Policy::mta_sts, kind, row.sts, false));
      BOOST_TEST(in_short(demand) == row.expected);
      BOOST_TEST(demand.sni == "mx.rcpt.test");
    }
  }
}

// Rows: DANE; columns: no policy, enforce that names the host, enforce that does not, testing.
BOOST_AUTO_TEST_CASE(dane_and_sts) {
  const std::vector<std::pair<Kind, std::vector<std::string>>> rows = {
      {Kind::opportunistic, {"O", "R sts", "validation-failure", "O watched"}},
      {Kind::usable, {"R dane", "R dane", "R dane", "R dane"}},
      {Kind::unusable, {"R", "R sts", "validation-failure", "R watched"}},
      {Kind::failed, {"dnssec-invalid", "dnssec-invalid", "dnssec-invalid", "dnssec-invalid"}},
  };
  const std::vector<const StsPolicy*> columns = {nullptr, &listed, &unlisted, &testing};
  for (const auto& [kind, expected] : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      BOOST_TEST_CONTEXT(static_cast<int>(kind) << " and column " << i) {
        BOOST_TEST(in_short(demand_of(situation(Policy::dane_mta_sts, kind, columns[i]))) ==
                   expected[i]);
      }
    }
  }
  // RFC 8461 7.1 against RFC 7672 8.1: who authenticates chooses the name.
  BOOST_TEST(demand_of(situation(Policy::dane_mta_sts, Kind::unusable, &listed)).sni ==
             "mx.rcpt.test");
  BOOST_TEST(demand_of(situation(Policy::dane_mta_sts, Kind::usable, &listed)).sni ==
             "base.rcpt.test");
}

BOOST_AUTO_TEST_CASE(requiretls) {
  struct Row {
    std::string name;
    HostSituation situation;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {"secure MX", situation(Policy::may), "R name requiretls"},
      {"a policy without TLS", situation(Policy::none), "validation-failure for good"},
      {"insecure MX", situation(Policy::may, Kind::opportunistic, nullptr, false),
       "validation-failure for good"},
      {"named by a policy", situation(Policy::may, Kind::opportunistic, &listed, false),
       "R name requiretls"},
      {"named by one in testing", situation(Policy::may, Kind::opportunistic, &testing, false),
       "R name requiretls"},
      {"named by none", situation(Policy::may, Kind::opportunistic, &mode_none, false),
       "validation-failure for good"},
      {"not named", situation(Policy::may, Kind::opportunistic, &unlisted, false),
       "validation-failure for good"},
      {"DANE", situation(Policy::dane, Kind::usable), "R dane requiretls"},
      {"unusable TLSA", situation(Policy::dane, Kind::unusable), "R name requiretls"},
      {"MTA-STS", situation(Policy::mta_sts, Kind::opportunistic, &listed, false),
       "R sts requiretls"},
      {"a stricter policy", situation(Policy::secure), "R local name requiretls"},
      // What is passed over for a time stays so.
      {"TLSA lookup failed", situation(Policy::dane, Kind::failed), "dnssec-invalid"},
      {"not in the policy", situation(Policy::mta_sts, Kind::opportunistic, &unlisted, true),
       "validation-failure"},
  };
  for (Row row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      row.situation.message = MessageTls::required;
      const HostDemand demand = demand_of(row.situation);
      BOOST_TEST(in_short(demand) == row.expected);
    }
  }
}

// RFC 8689 3: the recipient's policies are ignored, the sender's own are not.
BOOST_AUTO_TEST_CASE(tls_not_required) {
  const std::vector<std::pair<Policy, std::string>> rows = {
      {Policy::none, "N"},    {Policy::may, "O"},
      {Policy::encrypt, "R"}, {Policy::secure, "R local"},
      {Policy::dane, "O"},    {Policy::dane_only, "dnssec-invalid"},
      {Policy::mta_sts, "O"}, {Policy::dane_mta_sts, "O"},
  };
  for (const auto& [policy, expected] : rows) {
    HostSituation made = situation(policy, Kind::failed, &unlisted);
    made.message = MessageTls::not_required;
    BOOST_TEST(in_short(demand_of(made)) == expected, model::name(policy));
  }
}

BOOST_AUTO_TEST_SUITE_END()
