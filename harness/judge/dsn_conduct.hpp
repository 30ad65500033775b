// What a server does with the wishes of a sender for reports (RFC 3461 5.2): whether it passes them
// on, and whether it tells what it was asked to tell, and nothing else. Rules "conduct/C15" to
// "conduct/C18", of outbound cells.
#pragma once

#include <string_view>
#include <vector>

#include "harness/judge/attempts.hpp"
#include "harness/model/scenario.hpp"

namespace smtprig::judge {

// What happened in a cell.
struct ReportScene {
  const std::vector<model::Message>& messages;
  const std::vector<fakes::Event>& journal;
  bool server_alive = true;
};

// The first line of each body that the rig writes.
inline constexpr std::string_view written_in_each_body =
    "Whoever can read this line could read the message";

// `views` and the recipients of `outcome` are parallel.
void check_reports(const ReportScene& scene, const std::vector<View>& views,
                   const model::Outcome& outcome, std::vector<model::Violation>& violations);

// The same of messages with REQUIRETLS (RFC 8689): "conduct/C21", "conduct/C22", "advice/C23".
void check_requiretls(const ReportScene& scene, const std::vector<View>& views,
                      const model::Outcome& outcome, std::vector<model::Violation>& violations);

}  // namespace smtprig::judge
