// Results as JSON; see record.hpp. Every struct is described once (Boost.Describe) and written and
// read by that description, so that the two directions cannot differ.
#include "harness/model/record.hpp"

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include <algorithm>
#include <stdexcept>
#include <type_traits>

namespace smtprig::fakes {
BOOST_DESCRIBE_ENUM(Closed::How, peer_fin, peer_rst, local_fin, local_rst, timed_out, cancelled)
BOOST_DESCRIBE_ENUM(ServerFact::Kind, queued, tls, delivered, deferred, bounced, expired, removed,
                    tls_report, note)
BOOST_DESCRIBE_STRUCT(Connected, (), (local, remote))
BOOST_DESCRIBE_STRUCT(Closed, (), (how, close_notify))
BOOST_DESCRIBE_STRUCT(LineIn, (), (text, tls))
BOOST_DESCRIBE_STRUCT(LineOut, (), (text, tls))
BOOST_DESCRIBE_STRUCT(BytesOut, (), (bytes, tls))
BOOST_DESCRIBE_STRUCT(ClientHelloSeen, (), (sni, alpn, session, status_request))
BOOST_DESCRIBE_STRUCT(CertificatePresented, (),
                      (subject, sha256_certificate, sha256_spki, key, stapled))
BOOST_DESCRIBE_STRUCT(TlsEstablished, (), (version, cipher, resumed, alpn))
BOOST_DESCRIBE_STRUCT(CertificateSeen, (), (subject, sha256_certificate, trusted))
BOOST_DESCRIBE_STRUCT(TlsAlert, (), (sent, level, description, name))
BOOST_DESCRIBE_STRUCT(TlsFailed, (), (stage, reason))
BOOST_DESCRIBE_STRUCT(ContentReceived, (), (bytes, complete, tls, sha256, token))
BOOST_DESCRIBE_STRUCT(MessageAccepted, (),
                      (mail_from, recipients, token, sha256, tls, content, sha256_body,
                       sha256_letters))
BOOST_DESCRIBE_STRUCT(ContentSent, (), (bytes, tls, token))
BOOST_DESCRIBE_STRUCT(FaultFired, (), (rule))
BOOST_DESCRIBE_STRUCT(DnsQuery, (),
                      (name, type, rcode, answers, authentic, dnssec_ok, tcp, fault, delay_ms))
BOOST_DESCRIBE_STRUCT(HttpRequest, (), (method, target, host, sni, status, nth, body_sent, problem))
BOOST_DESCRIBE_STRUCT(ReportReceived, (), (media_type, bytes, json, problem))
BOOST_DESCRIBE_STRUCT(ServerFact, (), (kind, queue_id, recipient, relay, status, detail, client))
BOOST_DESCRIBE_STRUCT(ServerLine, (), (text))
BOOST_DESCRIBE_STRUCT(Injected, (),
                      (mail_from, recipient, token, sha256_body, reply, reply_text, given_up,
                       sha256_letters))
BOOST_DESCRIBE_STRUCT(ServerState, (), (state, detail))
BOOST_DESCRIBE_STRUCT(RigNote, (), (text))
}  // namespace smtprig::fakes

namespace smtprig::model {
BOOST_DESCRIBE_STRUCT(ServerName, (), (name, version))
BOOST_DESCRIBE_STRUCT(Attempt, (), (host, address, stage, channel, reply, finality))
BOOST_DESCRIBE_STRUCT(Violation, (), (rule, clause, detail))
BOOST_DESCRIBE_STRUCT(RecipientOutcome, (),
                      (message, recipient, delivery, channel, weakest, via, cause, status,
                       attempts))
BOOST_DESCRIBE_STRUCT(Outcome, (), (recipients, conduct, faults_fired, server))
BOOST_DESCRIBE_STRUCT(Permitted, (), (delivery, channel, via, recipient, message))
BOOST_DESCRIBE_STRUCT(Ruling, (), (permitted, row, clause, force, causes, notes))
BOOST_DESCRIBE_STRUCT(Held, (), (attacker, envelope, content))
BOOST_DESCRIBE_STRUCT(Exposure, (),
                      (envelope, content, later_envelope, later_content, complete, held))
BOOST_DESCRIBE_STRUCT(Judgement, (), (verdict, requirement, permitted, actual, reason, evidence))

namespace {

namespace json = boost::json;
using boost::mp11::mp_for_each;

template <typename T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public>;

template <typename T>
constexpr bool described = boost::describe::has_describe_members<T>::value;

// --- to JSON

using Memory = json::storage_ptr;

json::value write(const std::string& text, const Memory& memory) {
  return json::string(escape(text), memory);
}
json::value write(bool value, const Memory& memory) {
  return json::value(value, memory);
}

template <typename T>
requires std::is_integral_v<T> json::value write(T value, const Memory& memory) {
  return json::value(value, memory);
}

template <typename E>
requires std::is_enum_v<E> json::value write(E value, const Memory& memory) {
  if constexpr (boost::describe::has_describe_enumerators<E>::value)
    return json::string(boost::describe::enum_to_string(value, "invalid"), memory);
  else
    return json::string(name(value), memory);
}

template <typename T>
requires described<T> json::value write(const T& value, const Memory& memory);

template <typename T>
json::value write(const std::vector<T>& values, const Memory& memory) {
  json::array array(memory);
  array.reserve(values.size());
  for (const auto& value : values)
    array.push_back(write(value, memory));
  return array;
}

template <typename T>
void write_members(json::object& object, const T& value) {
  object.reserve(object.size() + boost::mp11::mp_size<Members<T>>::value);
  mp_for_each<Members<T>>(
      [&](auto member) { object[member.name] = write(value.*member.pointer, object.storage()); });
}

template <typename T>
requires described<T> json::value write(const T& value, const Memory& memory) {
  json::object object(memory);
  write_members(object, value);
  return object;
}

// --- from JSON

void read(const json::value& from, std::string& to) {
  to = unescape(from.as_string());
}
void read(const json::value& from, bool& to) {
  to = from.as_bool();
}

template <typename T>
requires std::is_integral_v<T>
void read(const json::value& from, T& to) {
  to = from.to_number<T>();
}

template <typename E>
requires std::is_enum_v<E>
void read(const json::value& from, E& to) {
  const std::string_view text = from.as_string();
  if constexpr (boost::describe::has_describe_enumerators<E>::value) {
    if (boost::describe::enum_from_string(std::string(text).c_str(), to)) return;
  } else {
    for (int i = 0; name(static_cast<E>(i)) != "invalid"; ++i) {
      to = static_cast<E>(i);
      if (name(to) == text) return;
    }
  }
  throw std::runtime_error("unknown value \"" + escape(text) + "\"");
}

template <typename T>
requires described<T>
void read(const json::value& from, T& to);

template <typename T>
void read(const json::value& from, std::vector<T>& to) {
  to.clear();
  for (const auto& element : from.as_array())
    read(element, to.emplace_back());
}

template <typename T>
void read_members(const json::object& from, T& to) {
  mp_for_each<Members<T>>([&](auto member) { read(from.at(member.name), to.*member.pointer); });
}

template <typename T>
requires described<T>
void read(const json::value& from, T& to) {
  read_members(from.as_object(), to);
}

// --- events: the alternative's name is the member "event"

constexpr std::array event_names = {std::string_view("connected"),
                                    std::string_view("closed"),
                                    std::string_view("line-in"),
                                    std::string_view("line-out"),
                                    std::string_view("bytes-out"),
                                    std::string_view("client-hello"),
                                    std::string_view("certificate"),
                                    std::string_view("tls-established"),
                                    std::string_view("certificate-seen"),
                                    std::string_view("tls-alert"),
                                    std::string_view("tls-failed"),
                                    std::string_view("content"),
                                    std::string_view("message-accepted"),
                                    std::string_view("content-sent"),
                                    std::string_view("fault-fired"),
                                    std::string_view("dns-query"),
                                    std::string_view("http-request"),
                                    std::string_view("report-received"),
                                    std::string_view("server-fact"),
                                    std::string_view("server-line"),
                                    std::string_view("injected"),
                                    std::string_view("server-state"),
                                    std::string_view("note")};
static_assert(event_names.size() == std::variant_size_v<fakes::EventBody>);
constexpr std::size_t event_members_max = 12;  // those of the event and of the longest body

fakes::Event read_event(const json::object& from) {
  fakes::Event event;
  event.at = std::chrono::microseconds(from.at("at_us").to_number<std::int64_t>());
  read(from.at("who"), event.who);
  read(from.at("connection"), event.connection);
  const std::string_view kind = from.at("event").as_string();
  bool known = false;
  boost::mp11::mp_for_each<boost::mp11::mp_iota_c<std::variant_size_v<fakes::EventBody>>>(
      [&](auto index) {
        if (event_names[index] != kind) return;
        read_members(from, event.body.emplace<index>());
        known = true;
      });
  if (!known) throw std::runtime_error("unknown event \"" + escape(kind) + "\"");
  return event;
}

// What differs between two runs with the same seed does not belong into the canonical part.
// How often a temporary failure was repeated depends on the clock, so each attempt stands once.
Outcome canonical(Outcome outcome) {
  for (auto& recipient : outcome.recipients) {
    std::vector<Attempt> distinct;
    for (auto& attempt : recipient.attempts) {
      attempt.address.clear();
      attempt.reply.clear();
      if (std::ranges::find(distinct, attempt) == distinct.end()) distinct.push_back(attempt);
    }
    recipient.attempts = std::move(distinct);
  }
  return outcome;
}

}  // namespace

json::object to_json(const fakes::Event& event, json::storage_ptr memory) {
  json::object object(memory);
  object.reserve(event_members_max);
  object["at_us"] = event.at.count();
  object["who"] = write(event.who, memory);
  object["connection"] = event.connection;
  object["event"] = event_names[event.body.index()];
  std::visit([&](const auto& body) { write_members(object, body); }, event.body);
  return object;
}

json::object canonical_json(const CellResult& result, json::storage_ptr memory) {
  json::object object(memory);
  object["cell"] = write(result.cell, memory);
  object["scenario"] = write(result.scenario, memory);
  object["server"] = write(result.server, memory);
  object["direction"] = write(result.direction, memory);
  object["policy"] = write(result.policy, memory);
  object["own_policy"] = write(result.own_policy, memory);
  object["attacker"] = write(result.attacker, memory);
  object["outcome"] = write(canonical(result.outcome), memory);
  object["ruling"] = write(result.ruling, memory);
  object["verdict"] = write(result.judgement.verdict, memory);
  object["exposure"] = write(result.exposure, memory);
  return object;
}

json::object to_json(const CellResult& result, json::storage_ptr memory) {
  json::object object = canonical_json(result, memory);
  json::object measured(memory);
  measured["took_us"] = result.took.count();
  measured["outcome"] = write(result.outcome, memory);
  measured["judgement"] = write(result.judgement, memory);
  json::array journal(memory);
  journal.reserve(result.journal.size());
  for (const auto& event : result.journal)
    journal.push_back(to_json(event, memory));
  measured["journal"] = std::move(journal);
  measured["journal_dropped"] = result.journal_dropped;
  object["measured"] = std::move(measured);
  return object;
}

CellResult result_from_json(const json::value& value) try {
  const auto& from = value.as_object();
  const auto& measured = from.at("measured").as_object();
  CellResult result;
  read(from.at("cell"), result.cell);
  read(from.at("scenario"), result.scenario);
  read(from.at("server"), result.server);
  read(from.at("direction"), result.direction);
  read(from.at("policy"), result.policy);
  read(from.at("own_policy"), result.own_policy);
  read(from.at("attacker"), result.attacker);
  read(from.at("ruling"), result.ruling);
  read(from.at("exposure"), result.exposure);
  read(measured.at("outcome"), result.outcome);
  read(measured.at("judgement"), result.judgement);
  result.took = std::chrono::microseconds(measured.at("took_us").to_number<std::int64_t>());
  for (const auto& event : measured.at("journal").as_array())
    result.journal.push_back(read_event(event.as_object()));
  read(measured.at("journal_dropped"), result.journal_dropped);
  return result;
} catch (const std::exception& error) {
  throw std::runtime_error(std::string("not a cell's record: ") + error.what());
}

}  // namespace smtprig::model
