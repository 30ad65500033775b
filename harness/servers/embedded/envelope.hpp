// The ESMTP parameters of MAIL and RCPT, checked and put into a message (RFC 1870, 3461, 6152,
// 6531). Pure.
#pragma once

#include "fakes/smtp/grammar.hpp"
#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/message.hpp"

#include <optional>

namespace smtprig::embedded {

// Both give the reply that refuses the command, if one must.
std::optional<fakes::smtp::Refusal> read_mail_parameters(const fakes::smtp::Path& path,
                                                         const Limits& limits, Message& message);
std::optional<fakes::smtp::Refusal> read_rcpt_parameters(const fakes::smtp::Path& path,
                                                         const Message& message,
                                                         Recipient& recipient);

}  // namespace smtprig::embedded
