// The commands of a transaction, and whether the peer's extensions allow this message at all.
#include "harness/servers/embedded/delivery.hpp"

#include <fmt/format.h>

namespace smtprig::embedded {
namespace {

std::string notify_text(const Notify& notify) {
  std::string list;
  const auto add = [&list](bool wanted, std::string_view word) {
    if (!wanted) return;
    if (!list.empty()) list += ',';
    list += word;
  };
  add(notify.success, "SUCCESS");
  add(notify.failure, "FAILURE");
  add(notify.delay, "DELAY");
  return list.empty() ? "NEVER" : list;
}

bool needs_smtputf8(const Message& message) {
  if (!fakes::smtp::is_ascii(message.sender) ||
      !fakes::smtp::is_ascii(header_section(message.content)))
    return true;
  for (const Recipient& recipient : message.recipients) {
    if (!fakes::smtp::is_ascii(recipient.address)) return true;
  }
  return false;
}

}  // namespace

bool Delivery::refuses_message(Failure& failure) const {
  const Message& message = *plan_.message;
  failure.permanent = true;
  // RFC 1870 6.1
  if (extensions_.size_bytes_max > 0 && message.content.size() > extensions_.size_bytes_max) {
    failure.status = "5.3.4";
    failure.text = fmt::format("message of {} bytes exceeds the peer's limit of {}",
                               message.content.size(), extensions_.size_bytes_max);
    return true;
  }
  // RFC 3030 3: convert or return; this server does not convert.
  if (message.binary && !consists_of_lines(message.content) && !carries_binary()) {
    failure.status = "5.6.3";
    failure.text = "the content is binary, and BINARYMIME was not offered";
    return true;
  }
  // RFC 6531 3.2: no downgrading on the way.
  if (!extensions_.smtputf8 && !mutants_.ignores_smtputf8 && needs_smtputf8(message)) {
    failure.status = "5.6.7";
    failure.text = "SMTPUTF8 is required, but was not offered";
    return true;
  }
  // RFC 6152 3: convert or return; this server does not convert.
  if (!extensions_.eight_bit_mime && !(message.binary && carries_binary()) &&
      !mutants_.ignores_smtputf8 && !fakes::smtp::is_ascii(message.content)) {
    failure.status = "5.6.3";
    failure.text = "8BITMIME is required, but was not offered";
    return true;
  }
  return false;
}

bool Delivery::carries_binary() const {
  return extensions_.chunking && extensions_.binary_mime;
}

PeerExtensions Delivery::may_say() const {
  PeerExtensions offers = extensions_;
  if (mutants_.parameters_unasked) {
    offers.size = offers.eight_bit_mime = offers.smtputf8 = offers.dsn = true;
  }
  if (mutants_.drops_dsn_parameters) offers.dsn = false;
  return offers;
}

std::string Delivery::mail_command() const {
  const Message& message = *plan_.message;
  const PeerExtensions offers = may_say();
  std::string command = fmt::format("MAIL FROM:<{}>", message.sender);
  if (offers.size) command += fmt::format(" SIZE={}", message.content.size());
  if (message.binary && carries_binary()) {
    command += " BODY=BINARYMIME";
  } else if (offers.eight_bit_mime && message.eight_bit) {
    command += " BODY=8BITMIME";
  }
  if (offers.smtputf8 && message.smtputf8) command += " SMTPUTF8";
  if (says_requiretls()) command += " REQUIRETLS";
  if (offers.dsn && !message.returned.empty()) command += " RET=" + message.returned;
  if (offers.dsn && !message.envelope_id.empty()) command += " ENVID=" + message.envelope_id;
  return command + "\r\n";
}

// RFC 8689 2, 4.2.1; and 5: a notification goes also where it is not offered.
bool Delivery::says_requiretls() const {
  if (!plan_.message->requiretls || !tls_) return false;
  return extensions_.requiretls || (plan_.requiretls && mutants_.requiretls_unasked);
}

std::string Delivery::rcpt_command(const Recipient& recipient) const {
  const PeerExtensions offers = may_say();
  std::string command = fmt::format("RCPT TO:<{}>", recipient.address);
  if (offers.dsn && recipient.notify.given) {
    command += " NOTIFY=" + notify_text(recipient.notify);
  }
  if (offers.dsn && !recipient.original.empty()) command += " ORCPT=" + recipient.original;
  return command + "\r\n";
}

}  // namespace smtprig::embedded
