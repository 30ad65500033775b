// The unit tests of harness/servers: nothing is started but scripts that print a version.
#define BOOST_TEST_MODULE servers
#include <boost/test/unit_test.hpp>
