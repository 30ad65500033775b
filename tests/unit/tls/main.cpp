// The one definition of main for the tests of fakes/tls. Everything here runs in memory: no socket,
// no file, no second process.
#define BOOST_TEST_MODULE tls
#include <boost/test/unit_test.hpp>

#include "fakes/tls/lean_provider.hpp"

// All are run as a lab runs.
struct AsInLab {
  AsInLab() { smtprig::fakes::tls::use_lean_provider(); }
};
BOOST_TEST_GLOBAL_FIXTURE(AsInLab);
