// Policies of the user's own: how they are written, what they say of a domain, and cells under
// them.
#include "harness/model/own_policy.hpp"

#include <boost/test/unit_test.hpp>

#include "harness/model/cell.hpp"
#include "harness/model/pattern.hpp"

using namespace smtprig::model;

BOOST_AUTO_TEST_SUITE(own_policy)

BOOST_AUTO_TEST_CASE(text_is_read_and_written) {
  const std::pair<const char*, const char*> rows[] = {
      {"may, secure: example other", "may-but-secure = may, secure: example other"},
      {"partners=may,secure:cert/expired", "partners = may, secure: cert/expired"},
      {"  p-1  =  none ,\tverify : a   b ,may: */c ", "p-1 = none, verify: a b, may: */c"},
      {"may, dane+mta-sts: a", "may-but-dane-mta-sts = may, dane+mta-sts: a"},
  };
  for (const auto& [text, expected] : rows) {
    BOOST_TEST_CONTEXT(text) {
      const auto read = own_policy_of(text);
      BOOST_TEST_REQUIRE(read.has_value());
      BOOST_TEST(read->text() == expected);
      const auto again = own_policy_of(read->text());
      BOOST_TEST_REQUIRE(again.has_value());
      BOOST_TEST((*again == *read));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told) {
  const std::pair<const char*, const char*> rows[] = {
      {"may, secure:", "no domain is named for secure"},
      {"may, secure", "no domain is named for secure"},
      {"x = may", "it has no exception"},
      {"maybe, secure: a", "\"maybe\" is none of none may encrypt"},
      {"may, sekure: a", "\"sekure\" is none of none may encrypt"},
      {"may, require-client-cert: a", "\"require-client-cert\" is none of"},
      {"verify = may, secure: a", "\"verify\" is the name of a policy already"},
      {"Partners = may, secure: a", "\"Partners\" is no name"},
      {"-p = may, secure: a", "\"-p\" is no name"},
      {" = may, secure: a", "\"\" is no name"},
      {"a.b = may, secure: a", "\"a.b\" is no name"},
      {"", "\"\" is none of"},
  };
  for (const auto& [text, expected] : rows) {
    BOOST_TEST_CONTEXT(text) {
      const auto read = own_policy_of(text);
      BOOST_TEST_REQUIRE(read.has_error());
      BOOST_TEST(read.error().text.starts_with(expected), read.error().text);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_first_exception_decides) {
  const auto read = own_policy_of("p = may, secure: cert/good */partner, verify: cert, none: x?z");
  BOOST_TEST_REQUIRE(read.has_value());
  const std::pair<const char*, Policy> rows[] = {
      {"cert/good", Policy::secure},
      {"cert/good/partner", Policy::secure},
      {"cert/goodness", Policy::verify},
      {"cert", Policy::verify},
      {"certificate/x", Policy::may},
      {"smtp/a/partner", Policy::secure},
      {"smtp/a/partner/b", Policy::may},
      {"xyz", Policy::none},
      {"xyyz", Policy::may},
      {"smtp/a", Policy::may},
  };
  for (const auto& [path, level] : rows)
    BOOST_TEST(name(read->level(path)) == name(level), path);
  BOOST_TEST(read->has_level(Policy::none));
  BOOST_TEST(read->has_level(Policy::may));
  BOOST_TEST(!read->has_level(Policy::encrypt));
}

BOOST_AUTO_TEST_CASE(cells) {
  auto own = std::make_shared<const OwnPolicy>(
      *own_policy_of("partners = may, secure: cert, encrypt: */other"));
  auto scenario = std::make_shared<Scenario>();
  scenario->id = "domains/two";
  scenario->messages = {{.recipients = {"bob", "bob@other"}}};
  const Cell cell = cell_under(own, scenario, {"embedded", ""});
  BOOST_TEST(cell.id() == "domains/two@embedded/partners");
  BOOST_TEST(cell.domain() == "two.domains.partners.test");
  BOOST_TEST(name(cell.label()) == "partners");
  BOOST_TEST(name(cell.policy) == "may");
  BOOST_TEST(name(cell.level("@")) == "may");
  BOOST_TEST(name(cell.level("other")) == "encrypt");
  BOOST_TEST((cell.levels() == std::vector{Policy::may, Policy::encrypt}));
  scenario->id = "cert/x";
  BOOST_TEST(name(cell_under(own, scenario, {}).policy) == "secure");

  const Cell plain{scenario, {"embedded", ""}, Policy::verify};
  BOOST_TEST(name(plain.label()) == "verify");
  BOOST_TEST((plain.levels() == std::vector{Policy::verify}));
}

BOOST_AUTO_TEST_CASE(labels_of_own_policies_come_last) {
  BOOST_TEST((PolicyLabel(Policy::dane_mta_sts) < PolicyLabel(Policy::none, "a")));
  BOOST_TEST((PolicyLabel(Policy::none) < PolicyLabel(Policy::may)));
  // The levels of its cells do not tell it apart.
  BOOST_TEST((PolicyLabel(Policy::may, "a") == PolicyLabel(Policy::secure, "a")));
  BOOST_TEST((PolicyLabel(Policy::may, "a") < PolicyLabel(Policy::may, "b")));
}

BOOST_AUTO_TEST_CASE(globs_know_two_wildcards) {
  BOOST_TEST(glob_matches("a[b]*", "a[b]c"));
  BOOST_TEST(!glob_matches("a[b]*", "abc"));
  BOOST_TEST(path_matches("a/", "a/b"));
  BOOST_TEST(!path_matches("a/b", "a"));
}

BOOST_AUTO_TEST_SUITE_END()
