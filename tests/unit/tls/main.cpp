// The one definition of main for the tests of fakes/tls. Everything here runs in memory: no socket,
// no file, no second process.
#define BOOST_TEST_MODULE tls
#include <boost/test/unit_test.hpp>
