// See sts.hpp.
#include "harness/judge/sts.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "harness/judge/session.hpp"
#include "harness/model/sts.hpp"
#include "harness/model/tls_reporting.hpp"

namespace smtprig::judge {
namespace {

constexpr std::uint64_t max_age_max = 31'557'600;  // RFC 8461 3.2
constexpr std::size_t max_age_digits = 10;
constexpr std::size_t body_bytes = 65'536;      // RFC 8461 3.3
constexpr std::chrono::seconds fetch_time{60};  // ibid.
constexpr std::size_t id_bytes_max = 32;        // RFC 8461 3.1

// A maximum that a policy outlives within a cell for sure.
constexpr std::uint64_t lasting_seconds = 3'600;

using Outcomes = std::vector<std::optional<StsView>>;  // none: there is no policy by this

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return result;
}

// RFC 8461 3.2: ["*."] Domain, of labels of letters, digits and hyphens.
bool is_pattern(std::string_view pattern) {
  if (pattern.starts_with("*.")) pattern.remove_prefix(2);
  if (pattern.empty()) return false;
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('.', begin), pattern.size());
    const std::string_view label = pattern.substr(begin, end - begin);
    const bool good = !label.empty() && is_alnum(label.front()) && is_alnum(label.back()) &&
                      std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; });
    if (!good) return false;
    begin = end + 1;
  }
  return true;
}

// The first value of each field, but for mx.
struct Fields {
  std::optional<std::string_view> version, mode, max_age;
  std::vector<std::string_view> mx;
  bool odd_line = false;  // without a colon, which the grammar has no place for
};

void take_line(std::string_view line, Fields& fields) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto colon = line.find(':');
  if (colon == line.npos) {
    fields.odd_line = true;
    return;
  }
  const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  const auto first = [value](std::optional<std::string_view>& field) {
    if (!field) field = value;
  };
  if (name == "version") first(fields.version);
  if (name == "mode") first(fields.mode);
  if (name == "max_age") first(fields.max_age);
  if (name == "mx") fields.mx.push_back(value);
}

Truth read_max_age(std::string_view text, StsView& view) {
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || text.size() > max_age_digits) return Truth::no;
  std::from_chars(text.data(), text.data() + text.size(), view.max_age_seconds);
  return view.max_age_seconds <= max_age_max ? Truth::yes : Truth::maybe;
}

std::optional<StsView::Mode> mode_of(std::string_view word) {
  if (word == "enforce") return StsView::Mode::enforce;
  if (word == "testing") return StsView::Mode::testing;
  if (word == "none") return StsView::Mode::none;
  return std::nullopt;
}

bool is_plain_text(const std::optional<std::string>& content_type) {
  if (!content_type) return false;
  const auto end = std::min(content_type->find(';'), content_type->size());
  return lower(trimmed(std::string_view(*content_type).substr(0, end))) == "text/plain";
}

bool only_waits(const fakes::HttpsRule& rule) {
  return std::ranges::all_of(rule.actions, [](const fakes::Action& action) {
    const auto* reply = std::get_if<fakes::Reply>(&action);
    return reply && reply->raw.empty() && reply->delay < fetch_time;
  });
}

// What the rules of the host and its timing leave of an answer.
Truth answers(const fakes::PolicyHostSpec& host, const fakes::PolicyAnswer& answer,
              std::size_t bytes) {
  Truth result = Truth::yes;
  for (const fakes::HttpsRule& rule : host.https.rules) {
    if (only_waits(rule)) continue;
    const bool always =
        rule.when.nth == fakes::Ordinals{} && rule.when.connection == fakes::Ordinals{};
    result = std::min(result, always ? Truth::no : Truth::maybe);
  }
  auto time = answer.delay;
  if (answer.segment_bytes > 0) time += answer.pause * (bytes / answer.segment_bytes);
  if (time >= fetch_time) result = std::min(result, Truth::maybe);
  return result;
}

bool fails(const model::Scenario& scenario, const std::string& name) {
  return std::ranges::any_of(scenario.dns_faults, [&](const model::DnsFault& fault) {
    return fault.name == name && fault.reply != fakes::DnsReply::honest &&
           fault.reply != fakes::DnsReply::truncated && fault.reply != fakes::DnsReply::insecure;
  });
}

// What a fetch of the policy can yield.
Outcomes fetched(const model::Cell& cell, const model::StsPublication& sts, unsigned days) {
  const std::string host = model::sts_policy_host(sts.domain);
  if (sts.reach != model::Reach::listens || !sts.published || fails(*cell.scenario, host))
    return {std::nullopt};
  const CertificateFacts certificate =
      aged(certificate_facts(sts.host.https.certificate, model::Attacker::none, host), days);
  const fakes::PolicyAnswer answer =
      model::absolute_policy(sts.host.answers.front(), cell.domain());
  const std::string body = fakes::body_of(answer);
  const StsPolicyText text = read_sts_policy(body);
  // 3.3: a DNS-ID, which may be a wildcard.
  Truth named = satisfies(certificate, model::Policy::verify);
  if (certificate.partly_wild) named = satisfies(certificate, model::Policy::mta_sts);
  if (certificate.common_name) named = Truth::no;
  Truth good =
      std::min({named, certificate.usable, answers(sts.host, answer, body.size()), text.valid});
  // 3.2: SHOULD check the type; 3.3: MAY limit the size.
  if (!is_plain_text(answer.content_type) || body.size() > body_bytes)
    good = std::min(good, Truth::maybe);
  if (answer.status != 200) good = Truth::no;
  Outcomes outcomes;
  if (good != Truth::no) outcomes.emplace_back(text.view);
  if (good != Truth::yes) outcomes.emplace_back(std::nullopt);
  // 5.1 (1): valid for this delivery, or expired already.
  if (good != Truth::no && text.view.max_age_seconds == 0) outcomes.emplace_back(std::nullopt);
  return outcomes;
}

// What the record says: whether there is a policy, and of which id.
struct RecordSeen {
  Truth valid = Truth::no;
  bool failed = false;  // the lookup
  std::string id;
};

// RFC 8461 3.1: "v=STSv1", and an id of letters and digits.
RecordSeen read_record(std::string_view data) {
  RecordSeen seen;
  if (!data.starts_with("v=STSv1")) return seen;
  data.remove_prefix(std::string_view("v=STSv1").size());
  const auto semicolon = data.find(';');
  if (semicolon == data.npos || !trimmed(data.substr(0, semicolon)).empty()) return seen;
  // The grammar allows blanks before it, the rule that discards other records does not.
  seen.valid = semicolon == 0 ? Truth::yes : Truth::maybe;
  for (data.remove_prefix(semicolon + 1); !data.empty();) {
    const auto end = std::min(data.find(';'), data.size());
    const std::string_view field = trimmed(data.substr(0, end));
    if (field.starts_with("id=") && seen.id.empty()) seen.id = field.substr(3);
    data.remove_prefix(std::min(end + 1, data.size()));
  }
  const bool good =
      !seen.id.empty() && seen.id.size() <= id_bytes_max && std::ranges::all_of(seen.id, is_alnum);
  if (!good) seen.valid = Truth::no;
  return seen;
}

RecordSeen record_of(const model::Scenario& scenario, std::string_view domain,
                     const model::StsPublication* sts) {
  std::string owner = model::sts_record_owner(domain);
  if (fails(scenario, owner)) return {.failed = true};
  for (const model::DnsRecord& each : scenario.records)
    if (each.name == owner && each.type == "CNAME") {
      owner = each.data;
      break;
    }
  std::vector<RecordSeen> seen;
  if (sts && sts->record) seen.push_back(read_record("v=STSv1; id=" + sts->id + ";"));
  for (const model::DnsRecord& each : scenario.records) {
    if (each.name != owner || each.type != "TXT") continue;
    const std::string text = model::joined_strings(each.data);
    // Others are discarded.
    if (text.starts_with("v=STSv1")) seen.push_back(read_record(text));
  }
  return seen.size() == 1 ? seen.front() : RecordSeen{};
}

// A policy that is kept, or the lack of one.
struct Kept {
  std::string id;
  std::optional<StsView> view;
  std::uint64_t age_seconds = 0;
  bool operator==(const Kept&) const = default;
};

// Whether the policy still counts when it is so old at least.
Truth lasts(const Kept& kept) {
  if (!kept.view) return Truth::no;
  if (kept.age_seconds >= kept.view->max_age_seconds) return Truth::no;
  return kept.view->max_age_seconds >= lasting_seconds ? Truth::yes : Truth::maybe;
}

// What the sender knows behind a look at the domain, whatever it knew before.
std::vector<Kept> looked(const model::Cell& cell, const model::StsPublication* sts,
                         const RecordSeen& record, const Kept& before, unsigned days) {
  std::vector<Kept> after;
  const auto add = [&](Kept kept) {
    if (!std::ranges::count(after, kept)) after.push_back(std::move(kept));
  };
  const Truth still = lasts(before);
  const auto go_on = [&] {
    if (still != Truth::no) add(before);
    if (still != Truth::yes) add({});
  };
  // 3.1, 3.3: nothing that is missing or fails takes a policy away that is kept.
  if (record.failed || record.valid != Truth::yes || !sts) go_on();
  if (record.failed || record.valid == Truth::no || !sts) return after;
  if (still != Truth::no && record.id == before.id) add(before);
  if (still == Truth::yes && record.id == before.id && before.view->from_same == sts) return after;
  for (const auto& outcome : fetched(cell, *sts, days)) {
    if (!outcome) {
      go_on();
      continue;
    }
    Kept kept{.id = record.id, .view = outcome};
    kept.view->from_same = sts;
    add(std::move(kept));
  }
  return after;
}

}  // namespace

StsPolicyText read_sts_policy(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    take_line(body.substr(0, end), fields);
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  StsPolicyText text;
  if (fields.odd_line) text.valid = Truth::maybe;
  const auto mode = mode_of(fields.mode.value_or(""));
  if (fields.version != "STSv1" || !mode || !fields.max_age) return {.valid = Truth::no};
  text.view.mode = *mode;
  text.valid = std::min(text.valid, read_max_age(*fields.max_age, text.view));
  for (const std::string_view pattern : fields.mx) {
    if (is_pattern(pattern))
      text.view.mx.push_back(lower(pattern));
    else
      text.valid = std::min(text.valid, Truth::maybe);  // or it matches nothing
  }
  if (fields.mx.empty() && *mode != StsView::Mode::none) text.valid = Truth::no;
  return text;
}

bool sts_names(const StsView& view, std::string_view host) {
  const std::string name = lower(host);
  return std::ranges::any_of(view.mx, [&](const std::string& pattern) {
    if (!pattern.starts_with("*.")) return pattern == name;
    const auto dot = name.find('.');
    return dot != name.npos && dot > 0 && name.substr(dot) == pattern.substr(1);
  });
}

std::vector<StsView> sts_views(const model::Cell& cell, std::string_view domain,
                               std::size_t index) {
  const model::Scenario& scenario = *cell.scenario;
  std::vector<Kept> known{Kept{}};
  bool failed = false;
  for (std::size_t i = 0; i <= index; ++i) {
    const model::Message& message = scenario.messages[i];
    if (i > 0 && i < index && !message.later) continue;
    const model::StsPublication* sts = model::sts_at(scenario, domain, i);
    const RecordSeen record = record_of(scenario, domain, sts);
    failed = record.failed;
    std::vector<Kept> next;
    const std::uint64_t days = message.days - (i > 0 ? scenario.messages[i - 1].days : 0);
    for (Kept& before : known) {
      before.age_seconds += days * 86'400;
      before.age_seconds += static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::seconds>(message.wait).count());
      for (Kept& after : looked(cell, sts, record, before, message.days))
        if (!std::ranges::count(next, after)) next.push_back(std::move(after));
    }
    known = std::move(next);
  }
  std::vector<StsView> views;
  for (const Kept& kept : known) {
    StsView view = kept.view.value_or(StsView{});
    view.from_same = nullptr;
    if (!std::ranges::count(views, view)) views.push_back(view);
    // 21e: no rule says whether a message waits for the record.
    if (!kept.view && failed) views.push_back({.waits = true});
  }
  return views;
}

Truth sts_binds(const Facts& facts, std::string_view host) {
  bool always = !facts.sts.empty(), ever = false;
  for (const auto& views : facts.sts)
    for (const StsView& view : views) {
      const bool binds = view.mode == StsView::Mode::enforce && sts_names(view, host);
      always = always && binds;
      ever = ever || view.mode == StsView::Mode::enforce;
    }
  return always ? Truth::yes : ever ? Truth::maybe : Truth::no;
}

}  // namespace smtprig::judge
