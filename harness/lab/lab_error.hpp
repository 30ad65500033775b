// The one exception of the rig itself: it cannot do its job. It becomes verdict `error`, never a
// failure of the server under test.
#pragma once

#include <stdexcept>
#include <string>

namespace smtprig::lab {

class LabError : public std::runtime_error {
 public:
  // `step`: what was tried ("create network namespace"); `detail`: why it failed and, where there
  // is one, the way out.
  LabError(std::string step, std::string detail)
      : std::runtime_error(step + ": " + detail),
        step(std::move(step)),
        detail(std::move(detail)) {}
  std::string step;
  std::string detail;
};

}  // namespace smtprig::lab
