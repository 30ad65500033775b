// The ESMTP parameters of MAIL and RCPT, checked and put into a message (RFC 1870, 3030, 3461,
// 4954, 6152, 6531). Pure.
#pragma once

#include "fakes/smtp/grammar.hpp"
#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/message.hpp"

#include <optional>

namespace smtprig::embedded {

// Both give the reply that refuses the command, if one must. `auth_offered`: AUTH stands in the
// answer to EHLO, so that its parameter is known.
std::optional<fakes::smtp::Refusal> read_mail_parameters(const fakes::smtp::Path& path,
                                                         const Limits& limits, bool auth_offered,
                                                         Message& message);
std::optional<fakes::smtp::Refusal> read_rcpt_parameters(const fakes::smtp::Path& path,
                                                         const Message& message,
                                                         Recipient& recipient);

}  // namespace smtprig::embedded
