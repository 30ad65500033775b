// What apt-get's simulation says is to be unpacked.
#include "harness/servers/fetch.hpp"

#include <boost/test/unit_test.hpp>

using namespace smtprig;

BOOST_AUTO_TEST_SUITE(fetch)

BOOST_AUTO_TEST_CASE(packages_to_unpack) {
  struct Row {
    const char* name;
    const char* simulation;
    std::vector<std::string> packages;
  };
  const Row rows[] = {
      {"installed already",
       "postfix is already the newest version (3.7.11-0+deb12u1).\n",
       {"postfix"}},
      {"with what it needs",
       "Reading package lists...\nThe following NEW packages will be installed:\n  cpio postfix\n"
       "Inst cpio (2.13+dfsg-7.1 Debian:12.15/oldstable [amd64])\n"
       "Inst postfix (3.7.11-0+deb12u1 Debian:12.15/oldstable [amd64])\n"
       "Conf cpio (2.13+dfsg-7.1 Debian:12.15/oldstable [amd64])\n",
       {"cpio", "postfix"}},
      {"an upgrade, another architecture, a removal",
       "Remv exim4 [4.96]\nInst libc6 [2.36-9] (2.36-10 Debian [amd64]) []\n"
       "Inst libicu72:i386 (72.1-3 Debian [i386])\n",
       {"libc6", "libicu72", "postfix"}},
      {"not a name",
       "Inst --option (1)\nInst ../x (1)\nInst UPPER (1)\nInst\nxInst a (1)\n",
       {"postfix"}},
      {"empty", "", {"postfix"}},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(servers::packages_to_unpack(row.simulation, {"postfix"}) == row.packages,
                 boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(several_packages) {
  const std::vector<std::string> wanted = {"postfix", "libsasl2-modules"};
  BOOST_TEST(servers::packages_to_unpack("Inst libsasl2-modules (1)\n", wanted) ==
                 (std::vector<std::string>{"libsasl2-modules", "postfix"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(packages_that_are_not_known) {
  BOOST_TEST(servers::unknown_packages("Reading package lists...\n"
                                       "E: Unable to locate package no-such-thing\n"
                                       "Inst cpio (2.13 Debian [amd64])\n"
                                       "E: Package 'of-another-section' has no installation "
                                       "candidate\n"
                                       "E: Unable to fetch some archives\n") ==
                 (std::vector<std::string>{"no-such-thing", "of-another-section"}),
             boost::test_tools::per_element());
  BOOST_TEST(servers::unknown_packages("").empty());
}

BOOST_AUTO_TEST_CASE(what_has_no_package_is_not_fetched) {
  model::ServerDescription description;
  description.name = "embedded";
  BOOST_CHECK_THROW(servers::fetch(description, "/nonexistent", {}), lab::LabError);
}

BOOST_AUTO_TEST_SUITE_END()
