// The one definition of main for the tests of fakes/smtp that need no socket.
#define BOOST_TEST_MODULE smtp
#include <boost/test/unit_test.hpp>
