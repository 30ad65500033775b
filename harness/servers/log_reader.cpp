// See log_reader.hpp. What waits is bounded: 16 facts per key, 1,024 keys, 1,000 recipients per
// key; past these the oldest key is forgotten, and its facts are not told.
#include "harness/servers/log_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <re2/re2.h>

namespace smtprig::servers {
namespace {

using fakes::ServerFact;

constexpr std::size_t facts_per_key_max = 16;
constexpr std::size_t keys_max = 1'024;
constexpr std::size_t recipients_max = 1'000;
constexpr int captures_max = 12;

enum class Field { queue_id, recipient, relay, status, detail, client, key };
constexpr std::array<const char*, 7> field_names = {"queue_id", "recipient", "relay", "status",
                                                    "detail",   "client",    "key"};

struct Capture {
  Field field;
  int group;
};

struct Pattern {
  ServerFact::Kind kind;
  std::unique_ptr<re2::RE2> expression;
  std::vector<Capture> captures;
};

// What is known of one connection.
struct Waiting {
  std::vector<ServerFact> facts = {};
  std::string queue_id = {};              // after the first decision
  std::set<std::string> recipients = {};  // told so far
  std::uint64_t touched = 0;
};

bool decides(ServerFact::Kind kind) {
  return kind == ServerFact::Kind::delivered || kind == ServerFact::Kind::deferred ||
         kind == ServerFact::Kind::bounced;
}

bool waits(ServerFact::Kind kind) {
  return kind == ServerFact::Kind::tls || kind == ServerFact::Kind::note;
}

Pattern compile(const model::LogPattern& source) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  Pattern pattern{source.kind, std::make_unique<re2::RE2>(source.expression, options), {}};
  const auto fail = [&](const std::string& detail) {
    throw lab::LabError(fmt::format("compile the log pattern {}", source.expression), detail);
  };
  if (!pattern.expression->ok()) fail(pattern.expression->error());
  if (pattern.expression->NumberOfCapturingGroups() > captures_max) fail("too many captures");
  for (const auto& [name, group] : pattern.expression->NamedCapturingGroups()) {
    const auto field = std::find(field_names.begin(), field_names.end(), name);
    if (field == field_names.end()) fail("unknown capture " + name);
    pattern.captures.push_back({static_cast<Field>(field - field_names.begin()), group});
  }
  return pattern;
}

struct Match {
  ServerFact fact;
  std::string key;
};

bool match(const Pattern& pattern, std::string_view line, Match& result) {
  std::array<re2::StringPiece, captures_max + 1> groups;
  const int count = pattern.expression->NumberOfCapturingGroups() + 1;
  const re2::StringPiece text(line.data(), line.size());
  if (!pattern.expression->Match(text, 0, line.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                                 count)) {
    return false;
  }
  result = Match{};
  result.fact.kind = pattern.kind;
  const std::array<std::string*, 7> members = {
      &result.fact.queue_id, &result.fact.recipient, &result.fact.relay, &result.fact.status,
      &result.fact.detail,   &result.fact.client,    &result.key};
  for (const Capture& capture : pattern.captures) {
    const re2::StringPiece& group = groups[static_cast<std::size_t>(capture.group)];
    // Alternatives may give one name to several groups; the one that took part wins.
    if (group.data())
      members[static_cast<std::size_t>(capture.field)]->assign(group.data(), group.size());
  }
  return true;
}

}  // namespace

struct LogReader::Impl {
  std::vector<Pattern> patterns;
  std::map<std::string, Waiting> waiting;
  std::map<std::uint64_t, std::string> keys_by_touch;  // of `waiting`, the oldest first
  std::uint64_t clock = 0;

  void touch(const std::string& key, Waiting& entry);
  void hold(Match&& found);
  std::vector<ServerFact> decide(Match&& found);
};

void LogReader::Impl::touch(const std::string& key, Waiting& entry) {
  keys_by_touch.erase(entry.touched);
  entry.touched = ++clock;
  keys_by_touch.emplace(entry.touched, key);
}

void LogReader::Impl::hold(Match&& found) {
  if (!waiting.contains(found.key) && waiting.size() >= keys_max) {
    waiting.erase(keys_by_touch.begin()->second);
    keys_by_touch.erase(keys_by_touch.begin());
  }
  Waiting& entry = waiting[found.key];
  // A fact after a decision is of the next connection.
  if (!entry.recipients.empty()) entry = Waiting{.touched = entry.touched};
  touch(found.key, entry);
  if (entry.facts.size() < facts_per_key_max) entry.facts.push_back(std::move(found.fact));
}

std::vector<ServerFact> LogReader::Impl::decide(Match&& found) {
  std::vector<ServerFact> told;
  const auto place = waiting.find(found.key);
  if (place != waiting.end()) {
    Waiting& entry = place->second;
    const bool first = entry.recipients.empty();
    // Another recipient of the same message shares the connection. The same recipient again is
    // another attempt, of which nothing is known.
    const bool same = first || (entry.queue_id == found.fact.queue_id &&
                                !entry.recipients.contains(found.fact.recipient));
    if (same && entry.recipients.size() < recipients_max) {
      entry.queue_id = found.fact.queue_id;
      entry.recipients.insert(found.fact.recipient);
      touch(found.key, entry);
      for (ServerFact fact : entry.facts) {
        fact.queue_id = found.fact.queue_id;
        fact.recipient = found.fact.recipient;
        told.push_back(std::move(fact));
      }
    } else {
      keys_by_touch.erase(entry.touched);
      waiting.erase(place);
    }
  }
  told.push_back(std::move(found.fact));
  return told;
}

LogReader::LogReader(const std::vector<model::LogPattern>& patterns)
    : impl_(std::make_unique<Impl>()) {
  for (const model::LogPattern& pattern : patterns)
    impl_->patterns.push_back(compile(pattern));
}

LogReader::~LogReader() = default;
LogReader::LogReader(LogReader&&) noexcept = default;

std::vector<ServerFact> LogReader::read(std::string_view line) {
  Match found;
  for (const Pattern& pattern : impl_->patterns) {
    if (!match(pattern, line, found)) continue;
    if (found.key.empty()) return {std::move(found.fact)};
    if (decides(found.fact.kind)) return impl_->decide(std::move(found));
    if (waits(found.fact.kind)) {
      impl_->hold(std::move(found));
      return {};
    }
    return {std::move(found.fact)};
  }
  return {};
}

}  // namespace smtprig::servers
