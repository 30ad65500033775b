// A run that holds every verdict, every delivery, every channel and text that a hostile peer would
// send. The golden files are made from it.
#pragma once

#include "reports/run.hpp"

namespace smtprig::reports {

Run sample_run();

// What a peer would put into a reply to disturb a reader: terminal commands, a turned direction,
// invalid UTF-8, markup of every format.
inline constexpr char hostile[] =
    "250 \x1b[2J\x1b]0;gotcha\x07 \xe2\x80\xae"
    "drawkcab\xe2\x80\xac \xff\xfe\xc0\xaf \xef\xbf\xbf "
    "\xd8\x9c\xf0\x9f\x98\x80 <script>alert('&')</script> ]]> --> `|*_[x](y)|` \"q\" \r\n\tS: 221";

}  // namespace smtprig::reports
