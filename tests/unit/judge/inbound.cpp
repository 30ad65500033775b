// See inbound.hpp.
#include "inbound.hpp"

namespace smtprig::judge::test {

model::Cell inbound_cell(model::Policy policy, fakes::SenderSpec spec, model::Content content) {
  model::Scenario scenario = one_mx({.starttls = fakes::StartTls::no});
  scenario.messages.front().content = std::move(content);
  scenario.senders = {{.name = "sender", .spec = std::move(spec), .messages = {"m1"}}};
  return cell_of(std::move(scenario), policy);
}

InboundStory& InboundStory::add(const std::string& who, fakes::EventBody body) {
  events.push_back({std::chrono::milliseconds(events.size()), who, 1, std::move(body)});
  return *this;
}

InboundStory& InboundStory::here(fakes::EventBody body) {
  return add(who_, std::move(body));
}

InboundStory& InboundStory::connect(const std::string& greeting, const std::string& who) {
  who_ = who;
  tls_ = false;
  here(fakes::Connected{"127.0.0.2:4711", "127.0.0.1:25"});
  return greeting.empty() ? *this : reply(greeting);
}

InboundStory& InboundStory::reply(const std::string& lines) {
  std::size_t begin = 0;
  for (auto end = lines.find('/'); begin <= lines.size(); end = lines.find('/', begin)) {
    here(fakes::LineIn{lines.substr(begin, end - begin), tls_});
    if (end == lines.npos) break;
    begin = end + 1;
  }
  return *this;
}

InboundStory& InboundStory::say(const std::string& line, const std::string& answer) {
  here(fakes::LineOut{line, tls_});
  return answer.empty() ? *this : reply(answer);
}

InboundStory& InboundStory::bytes(const std::string& raw, const std::string& answer) {
  here(fakes::BytesOut{raw, tls_});
  return answer.empty() ? *this : reply(answer);
}

InboundStory& InboundStory::ehlo(const std::string& keywords) {
  return say("EHLO client.test", keywords.empty() ? "250 mta" : "250-mta/250 " + keywords);
}

InboundStory& InboundStory::shaken(const std::string& version) {
  here(fakes::TlsEstablished{version, "TLS_AES_256_GCM_SHA384"});
  tls_ = true;
  return *this;
}

InboundStory& InboundStory::starttls() {
  return say("STARTTLS", "220 2.0.0 go").shaken();
}

InboundStory& InboundStory::content(const std::string& answer) {
  here(fakes::ContentSent{100, tls_, token});
  return answer.empty() ? *this : reply(answer);
}

InboundStory& InboundStory::mail(const std::string& answer) {
  say(std::string("MAIL FROM:<") + sender + ">");
  say("RCPT TO:<" + cell_.address("rcpt") + ">");
  say("DATA", "354 go on");
  return content(answer);
}

InboundStory& InboundStory::injected(int code, const std::string& text, bool given_up,
                                     const std::string& local) {
  return add(who_,
             fakes::Injected{sender, cell_.address(local), token, "hash", code, text, given_up});
}

InboundStory& InboundStory::arrived(const std::string& local, const std::string& sha256_body,
                                    const std::string& text) {
  const std::uint32_t connection = ++copies_;
  const std::string address = cell_.address(local);
  const auto mx = [&](fakes::EventBody body) {
    events.push_back({std::chrono::milliseconds(events.size()), "mx", connection, std::move(body)});
  };
  mx(fakes::Connected{"127.0.0.3:25", "127.0.0.1:4712"});
  mx(fakes::LineOut{"220 mx", false});
  mx(fakes::LineIn{std::string("MAIL FROM:<") + sender + ">", false});
  mx(fakes::LineOut{"250 ok", false});
  mx(fakes::LineIn{"RCPT TO:<" + address + ">", false});
  mx(fakes::LineOut{"250 ok", false});
  mx(fakes::LineIn{"DATA", false});
  mx(fakes::LineOut{"354 go", false});
  mx(fakes::ContentReceived{100, true, false, "hash", token});
  mx(fakes::LineOut{"250 ok", false});
  mx(fakes::MessageAccepted{sender, {address}, token, "hash", false, text, sha256_body});
  mx(fakes::LineIn{"QUIT", false});
  mx(fakes::LineOut{"221 bye", false});
  mx(fakes::Closed{fakes::Closed::How::local_fin});
  return *this;
}

std::string InboundStory::fate() const {
  const Classified all = classified();  // lives as long as the reference below
  const model::RecipientOutcome& one = all.outcome.recipients.front();
  std::string text(name(one.delivery));
  if (one.channel != model::Channel::none) text += " " + std::string(name(one.channel));
  if (one.weakest != model::Channel::none) text += " weakest " + std::string(name(one.weakest));
  return one.status.empty() ? text : text + " " + one.status;
}

}  // namespace smtprig::judge::test
