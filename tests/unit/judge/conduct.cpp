// Every rule of conduct with a journal that breaks it and innocent ones that look alike.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::ServerFact;
using model::Policy;
using How = fakes::Closed::How;

std::string conduct(const Story& story, const model::Cell& cell) {
  std::string result;
  for (const model::Violation& each : story.classified(cell).outcome.conduct)
    if (!each.rule.starts_with("invariant/")) result += (result.empty() ? "" : " ") + each.rule;
  return result;
}

const model::Cell& may() {
  static const model::Cell cell = cell_of(one_mx(), Policy::may);
  return cell;
}

Story begun() {
  return Story(may()).injected().connect().ehlo();
}
Story granted() {
  return begun().say("STARTTLS", "220 go");
}
const std::string mail_from = std::string("MAIL FROM:<") + sender + ">";

}  // namespace

BOOST_AUTO_TEST_SUITE(conduct_suite)

BOOST_AUTO_TEST_CASE(c1_names) {
  const auto with = [](const char* sni) {
    return granted()
        .here(fakes::ClientHelloSeen{sni, ""})
        .here(fakes::TlsFailed{"client-hello", "x"});
  };
  for (const char* sni : {"mx.test.", "127.0.0.1", "fd00::1"})
    BOOST_TEST(conduct(with(sni), may()) == "conduct/C1");
  for (const char* sni : {"mx.test", "", "1.2.3.4.test"})
    BOOST_TEST(conduct(with(sni), may()) == "");
}

BOOST_AUTO_TEST_CASE(c2_tls_begins_afresh) {
  const struct {
    const char* name;
    Story story;
    const char* expected;
  } rows[] = {
      {"honest", Story(may()).injected().delivery(), ""},
      {"MAIL in clear behind 220", granted().say(mail_from), "conduct/C2"},
      {"EHLO in clear behind 454", begun().say("STARTTLS", "454 no").say("EHLO x").quit(), ""},
      {"no ClientHello", granted().here(fakes::TlsFailed{"client-hello", "wrong version number"}),
       "conduct/C2"},
      {"no ClientHello: left", granted().here(fakes::TlsFailed{"client-hello", "peer closed"}), ""},
      {"no ClientHello: our fault",
       granted().fault("tls=start").here(fakes::TlsFailed{"client-hello", "wrong version number"}),
       ""},
      {"a fault long before",
       Story(may())
           .injected()
           .connect()
           .fault("smtp=EHLO")
           .ehlo()
           .say("STARTTLS", "220 go")
           .here(fakes::TlsFailed{"client-hello", "wrong version number"}),
       "conduct/C2"},
      {"no common version",
       granted()
           .here(fakes::ClientHelloSeen{})
           .here(fakes::TlsFailed{"client-hello", "unsupported protocol"}),
       ""},
      {"MAIL first inside TLS", begun().starttls().mail().dot().quit(), "conduct/C2"},
      {"HELO first inside TLS", begun().starttls().say("HELO x").mail().dot().quit(), "conduct/C2"},
      {"QUIT first inside TLS", begun().starttls().quit(), ""},
      {"lower case", begun().starttls().say("ehlo x").mail().dot().quit(), ""},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(conduct(row.story, may()) == row.expected);
}

BOOST_AUTO_TEST_CASE(c2b_injected_replies_are_dropped) {
  const auto injected = [](const std::string& bytes) {
    return begun()
        .here(fakes::LineIn{"STARTTLS", false})
        .here(fakes::BytesOut{bytes, false})
        .here(fakes::ClientHelloSeen{"mx.test", ""})
        .here(fakes::TlsEstablished{"TLSv1.3", "TLS_AES_256_GCM_SHA384"});
  };
  const auto inside = [](Story story, const char* command, const char* reply) {
    return story.here(fakes::LineIn{command, true}).here(fakes::LineOut{reply, true});
  };
  const std::string more = "220 go\r\n554 5.3.0 injected\r\n";
  const auto greeted = [&](const std::string& bytes) {
    return inside(injected(bytes), "EHLO x", "250 mx");
  };
  BOOST_TEST(conduct(inside(greeted(more), "QUIT", "221 bye"), may()) == "conduct/C2b");
  BOOST_TEST(conduct(inside(greeted("220 go\r\n"), "QUIT", "221 bye"), may()) == "");
  BOOST_TEST(conduct(inside(inside(greeted(more), mail_from.c_str(), "250 ok"), "QUIT", "221 bye"),
                     may()) == "");
  BOOST_TEST(conduct(inside(injected(more), "QUIT", "221 bye"), may()) == "");
  const model::Cell expired =
      cell_of(one_mx({.certificate = fakes::CertificateClass::expired}), Policy::verify);
  BOOST_TEST(conduct(inside(greeted(more), "QUIT", "221 bye"), expired) == "conduct/C4");
}

BOOST_AUTO_TEST_CASE(c3_no_tls_within_tls) {
  BOOST_TEST(
      conduct(begun().starttls().ehlo({"STARTTLS"}).say("STARTTLS", "503 no").mail().dot().quit(),
              may()) == "conduct/C3");
  BOOST_TEST(conduct(begun().starttls().ehlo({"STARTTLS"}).mail().dot().quit(), may()) == "");
}

BOOST_AUTO_TEST_CASE(c4_a_failed_check_is_followed_by_quit) {
  const model::Cell expired =
      cell_of(one_mx({.certificate = fakes::CertificateClass::expired}), Policy::verify);
  const model::Cell encrypt =
      cell_of(one_mx({.certificate = fakes::CertificateClass::expired}), Policy::encrypt);
  const model::Cell unclear =
      cell_of(one_mx({.certificate = fakes::CertificateClass::no_intermediate}), Policy::verify);
  const auto up = [](const model::Cell& cell) {
    return Story(cell).injected().connect().ehlo().starttls();
  };
  BOOST_TEST(conduct(up(expired).quit().closed(), expired) == "");
  BOOST_TEST(conduct(up(expired).ehlo({}).quit(), expired) == "conduct/C4");
  BOOST_TEST(conduct(up(expired).ehlo({}).mail().dot().quit(), expired) == "conduct/C4");
  BOOST_TEST(
      conduct(up(expired).here(fakes::TlsAlert{false, 2, 45, "certificate_expired"}).closed(),
              expired) == "");
  BOOST_TEST(conduct(up(encrypt).ehlo({}).mail().dot().quit(), encrypt) == "");
  BOOST_TEST(conduct(up(unclear).ehlo({}).mail().dot().quit(), unclear) == "");
  // The twin's certificate is the impostor's.
  const model::Cell twin = cell_of(one_mx(), Policy::verify, model::Attacker::impostor_self_signed);
  BOOST_TEST(conduct(up(twin).ehlo({}).quit(), twin) == "conduct/C4");
}

BOOST_AUTO_TEST_CASE(c7_the_order_of_preference) {
  const auto two = [](auto change) {
    model::Scenario scenario = several_mx({{}, {}});
    change(scenario);
    return cell_of(scenario, Policy::may);
  };
  const model::Cell plain = two([](auto&) {});
  const model::Cell refusing =
      two([](model::Scenario& s) { s.hosts[0].reach = model::Reach::refuses; });
  const model::Cell nameless = two([](model::Scenario& s) { s.hosts[0].published = false; });
  const model::Cell equal = two([](model::Scenario& s) { s.mx[1].preference = 10; });
  const model::Cell failing = two([](model::Scenario& s) {
    s.dns_faults = {
        {.name = "mx1", .type = "A", .reply = fakes::DnsReply::servfail, .nth = {1, 1}}};
  });
  const auto second = [](const model::Cell& cell) {
    return Story(cell).injected().delivery("mx2");
  };
  BOOST_TEST(conduct(second(plain), plain) == "conduct/C7");
  BOOST_TEST(conduct(second(refusing), refusing) == "");
  BOOST_TEST(conduct(second(nameless), nameless) == "");
  BOOST_TEST(conduct(second(equal), equal) == "");
  BOOST_TEST(conduct(second(failing), failing) == "");
  BOOST_TEST(conduct(Story(plain).injected().delivery("mx1"), plain) == "");
  BOOST_TEST(conduct(Story(plain).injected().turned_away("mx1").delivery("mx2"), plain) == "");
  BOOST_TEST(conduct(Story(plain).injected().delivery("mx2").turned_away("mx1"), plain) ==
             "conduct/C7");
}

BOOST_AUTO_TEST_CASE(c11_quit_is_the_last_command) {
  const auto ended = [](How how) { return begun().mail().dot().closed(how); };
  Story crashed = ended(How::peer_fin);
  crashed.add("rig", 0, fakes::ServerState{"crashed", ""});
  const struct {
    const char* name;
    Story story;
    const char* expected;
  } rows[] = {
      {"honest", Story(may()).injected().delivery(), ""},
      {"closed without", ended(How::peer_fin), "conduct/C11"},
      {"reset by the peer", ended(How::peer_rst), ""},
      {"closed by us", ended(How::local_fin), ""},
      {"the rig ended it", ended(How::cancelled), ""},
      {"still open", begun().mail().dot(), ""},
      {"the server crashed", crashed, ""},
      {"behind a fault", begun().fault("x").closed(), ""},
      {"behind 421", Story(may()).injected().connect("mx", 1, "421 no").closed(), ""},
      {"behind 554", Story(may()).injected().connect("mx", 1, "554 no").closed(), "conduct/C11"},
      {"nothing came", begun().say("NOOP", "").closed(), ""},
      {"TLS failed",
       granted()
           .here(fakes::ClientHelloSeen{})
           .here(fakes::TlsFailed{"server-hello", "x"})
           .closed(),
       ""},
      {"TLS never came", granted().closed(), ""},
      {"left by an alert", begun().starttls().here(fakes::TlsAlert{false, 2, 42, ""}).closed(), ""},
      {"left inside TLS", begun().starttls().closed(), "conduct/C11"},
      {"more behind QUIT", begun().quit().say("NOOP"), "conduct/C11"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(conduct(row.story, may()) == row.expected);
}

Story mail_over(const model::Cell& cell, const fakes::TlsEstablished& tls) {
  return Story(cell)
      .injected()
      .connect()
      .ehlo()
      .say("STARTTLS", "220 go")
      .here(fakes::ClientHelloSeen{})
      .here(tls)
      .here(fakes::LineIn{"EHLO x", true})
      .here(fakes::LineOut{"250 mx", true})
      .here(fakes::LineIn{mail_from, true})
      .here(fakes::LineOut{"250 ok", true});
}

BOOST_AUTO_TEST_CASE(old_tls_is_told) {
  const auto with = [](Policy policy, const char* version) {
    const model::Cell cell = cell_of(one_mx(), policy);
    return conduct(mail_over(cell, {version, ""}), cell);
  };
  for (const char* version : {"TLSv1", "TLSv1.1"}) {
    BOOST_TEST(with(Policy::encrypt, version) == "advice/old-tls");
    BOOST_TEST(with(Policy::secure, version) == "advice/old-tls");
    BOOST_TEST(with(Policy::may, version) == "");
  }
  BOOST_TEST(with(Policy::encrypt, "TLSv1.2") == "");
}

BOOST_AUTO_TEST_CASE(short_diffie_hellman_is_told) {
  const auto with = [](Policy policy, const char* cipher, fakes::DhGroup group) {
    fakes::ReceiverSpec receiver;
    receiver.tls.dh = group;
    const model::Cell cell = cell_of(one_mx(receiver), policy);
    return conduct(mail_over(cell, {"TLSv1.2", cipher}), cell);
  };
  using fakes::DhGroup;
  BOOST_TEST(with(Policy::encrypt, "DHE-RSA-AES128-GCM-SHA256", DhGroup::modp1024) ==
             "advice/short-dh");
  BOOST_TEST(with(Policy::may, "DHE-RSA-AES128-GCM-SHA256", DhGroup::modp1024) == "");
  BOOST_TEST(with(Policy::encrypt, "ECDHE-RSA-AES128-GCM-SHA256", DhGroup::modp1024) == "");
  BOOST_TEST(with(Policy::encrypt, "DHE-RSA-AES128-GCM-SHA256", DhGroup::modp2048) == "");
}

BOOST_AUTO_TEST_CASE(the_code_of_a_null_mx) {
  model::Scenario scenario;
  scenario.id = "s";
  scenario.mx = {{.target = ".", .preference = 0}};
  const model::Cell null_mx = cell_of(scenario, Policy::may);
  const auto bounced = [](const model::Cell& cell, const char* status) {
    return conduct(Story(cell).injected().bounced(status), cell);
  };
  BOOST_TEST(bounced(null_mx, "5.1.0") == "conduct/null-mx-code");
  BOOST_TEST(bounced(null_mx, "5.1.10") == "");
  BOOST_TEST(bounced(null_mx, "") == "");
  BOOST_TEST(bounced(may(), "5.1.0") == "");
}

BOOST_AUTO_TEST_CASE(a_rule_is_told_once) {
  const Story story =
      begun().starttls().mail().dot().quit().connect("mx", 2).ehlo().starttls().mail().dot().quit();
  BOOST_TEST(conduct(story, may()) == "conduct/C2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
