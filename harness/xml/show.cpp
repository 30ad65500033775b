// See show.hpp.
#include "harness/xml/show.hpp"

#include <fmt/format.h>

#include "harness/xml/receiver.hpp"
#include "harness/xml/set.hpp"

namespace smtprig::xml {
namespace {

enum class KeyFamily { rsa, ecdsa, ed25519 };

KeyFamily family_of(fakes::CertificateClass what) {
  switch (fakes::recipe_of(what).key) {
    case fakes::KeyKind::rsa1024:
    case fakes::KeyKind::rsa2048:
    case fakes::KeyKind::rsa4096:
      return KeyFamily::rsa;
    case fakes::KeyKind::ed25519:
      return KeyFamily::ed25519;
    default:
      return KeyFamily::ecdsa;
  }
}

bool outdoes(const fakes::CertificateChoice& outer, const fakes::CertificateChoice& inner) {
  const bool any = outer.server_name == fakes::ServerName::any;
  return covers(outer.connection, inner.connection) &&
         (any || outer.server_name == inner.server_name);
}

}  // namespace

void read_shows(const Node& node, const std::vector<Node>& children, fakes::ReceiverSpec& spec,
                Problems& problems) {
  std::vector<fakes::CertificateChoice> own;
  std::vector<Node> places;
  for (const Node& child : children) {
    if (child.name() != "show") continue;
    fakes::CertificateChoice choice;
    set_certificate(choice.certificate, child);
    set(choice.connection, child, "connection");
    set(choice.server_name, child, "server-name", server_name_sent_words);
    if (spec.starttls == fakes::StartTls::no && !spec.implicit_tls)
      problems.add(child, "<show> is never reached: the peer never speaks TLS");
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (!outdoes(own[i], choice)) continue;
      problems.add(child, fmt::format("<show> is never reached: that of line {} always matches "
                                      "first",
                                      places[i].at().line));
      break;
    }
    own.push_back(choice);
    places.push_back(child);
  }
  if (!own.empty()) spec.certificates = std::move(own);
  const auto second = spec.second_certificate;
  if (second && family_of(*second) == family_of(spec.certificate))
    problems.add_name(node, node.has("second-certificate") ? "second-certificate" : "certificate",
                      "the second certificate has a key of the same kind as the first");
}

}  // namespace smtprig::xml
