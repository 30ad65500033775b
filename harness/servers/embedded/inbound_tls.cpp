// See inbound_tls.hpp.
#include "harness/servers/embedded/inbound_tls.hpp"

#include <fmt/format.h>

#include <openssl/x509_vfy.h>

#include <utility>

namespace smtprig::embedded {

std::string InboundTls::text() const {
  const std::string_view client = trust == Trust::anonymous   ? "no client certificate"
                                  : trust == Trust::untrusted ? "client certificate not verified"
                                                              : "client certificate verified";
  return fmt::format("using {} with cipher {}, {}", version, cipher, client);
}

ServerContexts::ServerContexts(const std::string& certificate_pem, fakes::tls::TrustStore roots)
    : roots_(std::move(roots)) {
  if (!certificate_pem.empty()) identity_ = fakes::tls::identity_from(certificate_pem);
}

std::shared_ptr<const fakes::tls::Context> ServerContexts::of(InboundPolicy policy) {
  if (!identity_) return nullptr;
  const bool asks = policy == InboundPolicy::require_client_cert;
  auto& context = asks ? asking_ : plain_;
  if (context) return context;
  fakes::tls::Settings settings;
  settings.identity = identity_;
  // RFC 8996 4, 5: neither 1.0 nor 1.1.
  settings.versions = {fakes::TlsVersion::tls1_2, fakes::TlsVersion::tls1_3};
  if (asks) {
    settings.client_certificate = fakes::tls::ClientCertificate::asked;
    settings.trust = roots_;
  }
  context = std::make_shared<const fakes::tls::Context>(settings);
  return context;
}

InboundTls inbound_tls(const fakes::tls::Engine& engine) {
  InboundTls tls{.version = engine.version(), .cipher = engine.cipher()};
  const auto chain = engine.peer_chain();
  if (chain.empty()) return tls;
  tls.subject = fakes::tls::subject_of(chain.front());
  tls.trust = engine.verify_error() == X509_V_OK ? Trust::trusted : Trust::untrusted;
  return tls;
}

}  // namespace smtprig::embedded
