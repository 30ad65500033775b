// Where the shipped data is: scenarios and the descriptions of servers.
#pragma once

#include <filesystem>

namespace smtprig::cli {

struct Share {
  std::filesystem::path scenarios;  // .../scenarios
  std::filesystem::path controls;   // .../scenarios/control: what tests the rig itself
  std::filesystem::path known;      // .../scenarios/known: deviations that are known
  std::filesystem::path servers;    // .../harness/servers, installed: .../servers
};

// Below $SMTPRIG_SHARE, else below the source tree that this program was built from. Throws Failure
// where there is none.
Share find_share();

}  // namespace smtprig::cli
