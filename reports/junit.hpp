// JUnit XML for CI systems: one testsuite per server and policy, one testcase per cell. A testcase
// is named by server and policy (classname) and scenario (name), without the server's version, so
// that a CI system can follow it over upgrades. Known deviations pass and say so in a property;
// unsupported and not-reached are skipped; a failure of the rig is <error>, all else unexpected
// <failure>.
#pragma once

#include <string>
#include <string_view>

#include "reports/run.hpp"

namespace smtprig::reports {

std::string junit(const Run& run);

// Bytes as text of an XML 1.0 document, in attributes and content: safe() and the five entities.
std::string xml_text(std::string_view bytes);
// The five entities alone, for what is safe already.
std::string xml_entities(std::string_view safe_text);

}  // namespace smtprig::reports
