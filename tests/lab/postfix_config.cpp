// Postfix with a configuration that a user might have: made for another machine, another network
// and a relay, with maps of several kinds and in several places.
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "harness/servers/layout.hpp"
#include "postfix_body.hpp"
#include "postfix_play.hpp"

namespace smtprig::tests {
namespace {

namespace fs = std::filesystem;

// {folder} is where it lies.
constexpr std::string_view own_main = R"(
compatibility_level = 3.6
myhostname = mail.example.test
myorigin = /etc/mailname
mydestination = $myhostname, localhost
inet_interfaces = 203.0.113.25
smtp_bind_address = 203.0.113.25
syslog_name = postfix-mx
relayhost = [smarthost.example.test]:587
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = hash:/etc/postfix/maps/sasl_passwd
smtp_tls_security_level = encrypt
smtpd_tls_security_level = encrypt
smtpd_milters = inet:127.0.0.1:8891
content_filter = scan:[127.0.0.1]:10024
smtpd_client_restrictions = reject
header_checks = regexp:$config_directory/header_checks
sender_canonical_maps = hash:/etc/postfix/maps/canonical
recipient_canonical_maps = texthash:{folder}/maps/recipients
alias_maps = hash:/etc/postfix/aliases
transport_maps = hash:/etc/postfix/transport,
    mysql:/etc/postfix/transport.cf
smtp_tls_session_cache_database = btree:/var/lib/postfix/smtp_scache
)";

constexpr std::string_view own_master = R"(# As on a mail exchanger.
203.0.113.25:smtp inet n - y - 1 postscreen
smtpd     pass  -       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
tlsproxy  unix  -       -       y       -       0       tlsproxy
cleanup   unix  n       -       y       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       y       1000?   1       tlsmgr
rewrite   unix  -       -       y       -       -       trivial-rewrite
bounce    unix  -       -       y       -       0       bounce
defer     unix  -       -       y       -       0       bounce
trace     unix  -       -       y       -       0       bounce
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       y       -       -       smtp
  -o syslog_name=postfix/out -o smtp_bind_address=203.0.113.25
error     unix  -       -       y       -       -       error
retry     unix  -       -       y       -       -       error
anvil     unix  -       -       y       -       1       anvil
)";

void write_own(const fs::path& folder, const std::string& recipient) {
  const auto put = [&](const char* name, const std::string& text) {
    servers::write_file(folder / name, text);
  };
  std::string text(own_main);
  text.replace(text.find("{folder}"), 8, folder.string());
  put("main.cf", text);
  put("master.cf", std::string(own_master));
  put("header_checks", "/^Subject: x/ PREPEND X-Own: yes\n");
  put("maps/canonical", "sender@sender.test canonical@sender.test\n");
  put("maps/recipients", "alias@example.test " + recipient + "\n");
  put("maps/sasl_passwd", "[smarthost.example.test]:587 user:secret\n");
  put("aliases", "postmaster: root\n");
  put("transport", "example.test smtp:[127.0.0.1]\n");
}

asio::awaitable<void> run_as_configured(Play& play) {
  const std::string good = play.network.next_v4().to_string(), to = "rcpt@[" + good + "]";
  const fs::path folder = lab::scratch_directory() / "own";
  write_own(folder, to);
  play.settings.configuration = folder;
  play.settings.domains = {{"[" + good + "]", model::Policy::none, {}}};
  play.make_instance();
  co_await play.instance->start();
  play.findings["alive"] = model::name(co_await play.instance->probe());
  play.findings["seen at home"] = fs::exists("/etc/postfix/maps/canonical.db") ? "yes" : "no";
  play.findings["machine"] = ::access("/var", W_OK) == -1 && errno == EROFS ? "kept" : "open";

  tcp::acceptor acceptor(play.io, tcp::endpoint(asio::ip::make_address(good), 25));
  std::string content;
  asio::co_spawn(play.io, receive(acceptor, content), [&play](std::exception_ptr failure) {
    if (failure) play.findings["receiver"] = "failed";
  });
  play.findings["reply"] = co_await inject(play.io, play.instance->smtp(), "alias@example.test");
  const ServerFact delivered = co_await play.watch.wait(ServerFact::Kind::delivered, to);
  play.findings["delivered"] = delivered.relay;
  play.findings["expected relay"] = good + "[" + good + "]:25";
  co_await play.watch.wait(ServerFact::Kind::removed, delivered.queue_id);
  play.findings["content"] = content;
  co_await play.instance->stop();
  play.findings["folder itself"] = fs::exists(folder / "maps/canonical.db") ? "changed" : "same";
  play.findings["home afterwards"] = fs::exists("/etc/postfix/maps") ? "there" : "gone";
}

}  // namespace

Findings configure_postfix(const model::ServerDescription& description,
                           const servers::Installed& installed, lab::Ids ids) {
  Play play(description, installed);
  play.settings.ids = ids;
  play.settings.shim = SMTPRIG_ID_SHIM;
  return play.run(run_as_configured(play));
}

}  // namespace smtprig::tests
