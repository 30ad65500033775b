// The matrix of a run as Markdown (GitHub's flavour), for docs/results and for comments of a CI
// system. It holds canonical facts only, no times or addresses, so that two runs with the same
// results give the same page.
#pragma once

#include <string>
#include <string_view>

#include "reports/run.hpp"

namespace smtprig::reports {

std::string markdown(const Run& run);

// Bytes as Markdown text in a paragraph or a table cell: safe(), and what could be markup or HTML
// is escaped.
std::string markdown_text(std::string_view bytes);

}  // namespace smtprig::reports
