// See server.hpp. From the bytes of one query to the bytes of its answer; no sockets. Bytes that
// ldns cannot parse and messages with QR set get no answer, so two servers never answer each other.
#include "fakes/dns/server.hpp"
#include "fakes/dns/signer.hpp"
#include "fakes/dns/wire.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace smtprig::fakes::dns {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::size_t plain_udp_bytes_max = 512;   // RFC 1035 4.2.1
constexpr std::size_t message_bytes_max = 65'535;  // RFC 1035 4.2.2: the TCP length field
constexpr std::size_t garbage_bytes = 32;
constexpr std::uint8_t badvers = 16;  // RFC 6891 6.1.3, above the header's four bits

constexpr std::array<std::pair<std::string_view, ldns_pkt_rcode>, 6> rcodes = {{
    {"NOERROR", LDNS_RCODE_NOERROR},
    {"FORMERR", LDNS_RCODE_FORMERR},
    {"SERVFAIL", LDNS_RCODE_SERVFAIL},
    {"NXDOMAIN", LDNS_RCODE_NXDOMAIN},
    {"NOTIMP", LDNS_RCODE_NOTIMPL},
    {"REFUSED", LDNS_RCODE_REFUSED},
}};

std::string text(const ldns_rdf* name) {
  const LdnsText presentation(ldns_rdf2str(name));
  return presentation ? canonical(presentation.get()) : std::string();
}

std::string text(ldns_rr_type type) {
  const LdnsText presentation(ldns_rr_type2str(type));
  return presentation ? presentation.get() : std::string();
}

// A reply with the identity, question and EDNS of its query, and nothing else yet.
LdnsPacket reply_to(const ldns_pkt* asked) {
  LdnsPacket reply(ldns_pkt_new());
  ldns_pkt_set_id(reply.get(), ldns_pkt_id(asked));
  ldns_pkt_set_qr(reply.get(), true);
  ldns_pkt_set_opcode(reply.get(), ldns_pkt_get_opcode(asked));
  ldns_pkt_set_rd(reply.get(), ldns_pkt_rd(asked));
  ldns_pkt_set_cd(reply.get(), ldns_pkt_cd(asked));  // RFC 4035 3.1.6
  ldns_pkt_set_ra(reply.get(), true);
  if (ldns_pkt_qdcount(asked) == 1) {
    // A clone keeps the case of the question, which a client may check.
    ldns_rr* question = ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(asked), 0));
    ldns_pkt_push_rr(reply.get(), LDNS_SECTION_QUESTION, question);
  }
  if (ldns_pkt_edns(asked)) {
    ldns_pkt_set_edns_udp_size(reply.get(), udp_bytes_max);
    ldns_pkt_set_edns_do(reply.get(), ldns_pkt_edns_do(asked));  // RFC 3225 3
  }
  return reply;
}

void push(ldns_pkt* reply, ldns_pkt_section section, const Record& record) {
  ldns_pkt_push_rr(reply, section, ldns_rr_clone(record.parsed.get()));
}

// Why this query is not for the table; NOERROR: it is.
std::string_view refusal(const ldns_pkt* asked) {
  if (ldns_pkt_get_opcode(asked) != LDNS_PACKET_QUERY) return "NOTIMP";
  if (ldns_pkt_qdcount(asked) != 1) return "FORMERR";
  const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(asked), 0);
  if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN) return "REFUSED";
  const ldns_rr_type type = ldns_rr_get_type(question);
  if (type == LDNS_RR_TYPE_AXFR || type == LDNS_RR_TYPE_IXFR) return "REFUSED";
  return "NOERROR";
}

// Returns what is to be sent in its place.
DnsReply fill(ldns_pkt* reply, Table& table, const ldns_pkt* asked, DnsQuery& query) {
  const Answer answer = table.lookup(query.name, query.type);
  query.rcode = answer.rcode;
  query.answers = static_cast<int>(answer.records.size());
  // RFC 6840 5.8: AD only to a client that set DO or AD, and so knows what it means.
  query.authentic = answer.authentic && (ldns_pkt_edns_do(asked) || ldns_pkt_ad(asked));
  ldns_pkt_set_ad(reply, query.authentic);
  ldns_pkt_set_rcode(reply, static_cast<std::uint8_t>(rcode_named(answer.rcode)));
  for (const Record& record : answer.records)
    push(reply, LDNS_SECTION_ANSWER, record);
  // RFC 2308 3: without a SOA a negative answer must not be cached.
  if (answer.negative) push(reply, LDNS_SECTION_AUTHORITY, answer.soa);
  query.delay_ms = static_cast<std::uint64_t>(answer.delay.count());
  return answer.fault;
}

std::vector<std::uint8_t> wire(const ldns_pkt* packet) {
  const LdnsBuffer buffer(ldns_buffer_new(plain_udp_bytes_max));
  if (!buffer || ldns_pkt2buffer_wire(buffer.get(), packet) != LDNS_STATUS_OK) return {};
  const std::uint8_t* begin = ldns_buffer_begin(buffer.get());
  return {begin, begin + ldns_buffer_position(buffer.get())};
}

// RFC 2181 9: with TC the client must ask again over TCP, so the rest is of no use to it. Over TCP
// an answer that does not fit a message is a failure.
std::vector<std::uint8_t> cut(const ldns_pkt* asked, ldns_pkt_rcode rcode, bool tcp,
                              DnsQuery& query) {
  const LdnsPacket reply = reply_to(asked);
  ldns_pkt_set_tc(reply.get(), !tcp);
  ldns_pkt_set_rcode(reply.get(), static_cast<std::uint8_t>(tcp ? LDNS_RCODE_SERVFAIL : rcode));
  if (tcp) query.rcode = "SERVFAIL";
  query.answers = 0;
  query.authentic = false;
  return wire(reply.get());
}

// What none, wrong_id and garbage make of an answer that is ready to be sent.
std::vector<std::uint8_t> spoiled(std::vector<std::uint8_t> bytes, DnsReply fault,
                                  DnsQuery& query) {
  query.fault = fakes::name(fault);
  query.rcode.clear();
  query.answers = 0;
  query.authentic = false;
  if (fault == DnsReply::none || bytes.size() < header_bytes) return {};
  if (fault == DnsReply::wrong_id) {
    bytes[0] = static_cast<std::uint8_t>(~bytes[0]);
    bytes[1] = static_cast<std::uint8_t>(~bytes[1]);
    return bytes;
  }
  // Two bits set are a pointer (RFC 1035 4.1.4), and this one leads out of the message.
  bytes.resize(header_bytes);
  bytes.resize(header_bytes + garbage_bytes, 0xff);
  return bytes;
}

std::size_t bytes_max(const ldns_pkt* asked, bool tcp) {
  if (tcp) return message_bytes_max;
  if (!ldns_pkt_edns(asked)) return plain_udp_bytes_max;
  // RFC 6891 6.2.3: a size below 512 is read as 512.
  return std::clamp<std::size_t>(ldns_pkt_edns_udp_size(asked), plain_udp_bytes_max, udp_bytes_max);
}

LdnsPacket parsed_query(const std::vector<std::uint8_t>& message) {
  if (message.size() < header_bytes || message.size() > message_bytes_max) return {};
  ldns_pkt* packet = nullptr;
  const ldns_status status = ldns_wire2pkt(&packet, message.data(), message.size());
  LdnsPacket owned(packet);
  if (status != LDNS_STATUS_OK || !owned || ldns_pkt_qr(owned.get())) return {};
  return owned;
}

}  // namespace

ldns_pkt_rcode rcode_named(std::string_view name) {
  const auto found =
      std::ranges::find(rcodes, name, &std::pair<std::string_view, ldns_pkt_rcode>::first);
  return found == rcodes.end() ? LDNS_RCODE_SERVFAIL : found->second;
}

std::vector<std::uint8_t> respond(Table& table, const std::vector<std::uint8_t>& message, bool tcp,
                                  DnsQuery& query, const Signer* signer) {
  query = DnsQuery{};
  query.tcp = tcp;
  const LdnsPacket asked = parsed_query(message);
  if (!asked) return {};

  const LdnsPacket reply = reply_to(asked.get());
  query.dnssec_ok = ldns_pkt_edns_do(asked.get());
  if (ldns_pkt_qdcount(asked.get()) > 0) {
    const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(asked.get()), 0);
    query.name = text(ldns_rr_owner(question));
    query.type = text(ldns_rr_get_type(question));
  }

  DnsReply fault = DnsReply::honest;
  const std::string_view refused = refusal(asked.get());
  if (refused != "NOERROR") {
    query.rcode = refused;
    ldns_pkt_set_rcode(reply.get(), static_cast<std::uint8_t>(rcode_named(refused)));
  } else if (ldns_pkt_edns(asked.get()) && ldns_pkt_edns_version(asked.get()) > 0) {
    query.rcode = "BADVERS";
    ldns_pkt_set_edns_extended_rcode(reply.get(), badvers >> 4);
  } else if (signer) {
    fault = signer->fill(reply.get(), table, asked.get(), query);
  } else {
    fault = fill(reply.get(), table, asked.get(), query);
  }

  const bool truncated = fault == DnsReply::truncated && !tcp;
  if (truncated) query.fault = fakes::name(fault);
  std::vector<std::uint8_t> bytes = wire(reply.get());
  if (truncated || bytes.empty() || bytes.size() > bytes_max(asked.get(), tcp))
    bytes = cut(asked.get(), ldns_pkt_get_rcode(reply.get()), tcp, query);
  if (fault == DnsReply::honest || fault == DnsReply::truncated) return bytes;
  return spoiled(std::move(bytes), fault, query);
}

}  // namespace smtprig::fakes::dns
