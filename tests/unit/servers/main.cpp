// The unit tests of harness/servers: nothing is started but scripts that print a version, and
// nothing listens but a socket in a temporary folder.
#define BOOST_TEST_MODULE servers
#include <boost/test/unit_test.hpp>
