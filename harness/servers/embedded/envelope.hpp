// The ESMTP parameters of MAIL and RCPT, checked and put into a message (RFC 1870, 3030, 3461,
// 4954, 6152, 6531, 8689). Pure.
#pragma once

#include "fakes/smtp/grammar.hpp"
#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/message.hpp"

#include <optional>

namespace smtprig::embedded {

// What stands in the answer to EHLO at times, so that its parameter is known then.
struct MailOffers {
  bool auth = false;
  bool requiretls = false;
};

// Both give the reply that refuses the command, if one must.
std::optional<fakes::smtp::Refusal> read_mail_parameters(const fakes::smtp::Path& path,
                                                         const Limits& limits, MailOffers offers,
                                                         Message& message);
std::optional<fakes::smtp::Refusal> read_rcpt_parameters(const fakes::smtp::Path& path,
                                                         const Message& message,
                                                         Recipient& recipient);

}  // namespace smtprig::embedded
