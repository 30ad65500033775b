// See share.hpp.
#include "harness/cli/share.hpp"

#include "harness/cli/failure.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace smtprig::cli {

namespace fs = std::filesystem;

Share find_share() {
  const char* given = std::getenv("SMTPRIG_SHARE");
  const fs::path named = given && *given ? given : SMTPRIG_SHARE_DIR;
  // Messages name files the short way, where there is one.
  std::error_code ignored;
  auto root = fs::proximate(named, ignored);
  if (root.empty() || *root.begin() == "..") root = named;
  Share share;
  share.scenarios = (root / "scenarios").lexically_normal();
  share.controls = share.scenarios / "control";
  share.known = share.scenarios / "known";
  share.servers = (root / "servers").lexically_normal();
  if (!fs::is_directory(share.servers))
    share.servers = (root / "harness" / "servers").lexically_normal();
  if (!fs::is_directory(share.scenarios) || !fs::is_directory(share.servers))
    throw Failure{status_rig,
                  fmt::format("no scenarios and servers below {}; set SMTPRIG_SHARE to the "
                              "folder that holds `scenarios` and `servers`",
                              root.string())};
  return share;
}

}  // namespace smtprig::cli
