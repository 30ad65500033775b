// The one definition of main for the tests of fakes/net and fakes/smtp over loopback sockets.
#define BOOST_TEST_MODULE smtp_session
#include <boost/test/unit_test.hpp>
