// A second smtpd of the same Postfix, on port 587, asks the rig's authentication service. It has no
// TLS, for Postfix hands on what the client says in the same way.
#include <filesystem>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "fakes/smtp/sasl.hpp"
#include "harness/servers/layout.hpp"
#include "postfix_body.hpp"
#include "postfix_play.hpp"

namespace smtprig::tests {
namespace {

using fakes::smtp::to_base64;
using namespace std::string_literals;

constexpr std::string_view submission = R"(
{listen}:587 inet n - n - - smtpd
    -o smtpd_sasl_auth_enable=yes
    -o smtpd_sasl_type=dovecot
    -o smtpd_sasl_path={auth-socket}
)";

// The description with one more service in master.cf.
void add_submission(model::ServerDescription& description, const std::filesystem::path& directory) {
  for (model::ServerFile& file : description.files) {
    if (file.path != "etc/master.cf") continue;
    const std::string text = servers::read_file(description.folder / file.source);
    file.source = directory / "master.cf";
    servers::write_file(file.source, text + std::string(submission));
  }
}

struct Login {
  const char* name;
  std::vector<std::string> lines;
};

// A line of a Login that stands for the answer to the challenge before it.
constexpr std::string_view answer = "the answer";

// RFC 2195 2
std::string answer_to(const std::string& reply, const model::Account& account) {
  const std::string challenge = fakes::smtp::from_base64(reply.substr(4)).value_or("");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_md5(), account.password.data(), static_cast<int>(account.password.size()),
       reinterpret_cast<const unsigned char*>(challenge.data()), challenge.size(), digest, &size);
  std::string text = account.user + " ";
  for (unsigned index = 0; index < size; ++index)
    text += fmt::format("{:02x}", digest[index]);
  return to_base64(text);
}

// Each in a session of its own: the last reply of each line, joined.
Text log_in(Play& play, Login login) {
  tcp::socket socket(play.io);
  const tcp::endpoint server(play.network.server(), 587);
  co_await socket.async_connect(server, asio::use_awaitable);
  Line peer(std::move(socket));
  co_await peer.ask("");
  co_await peer.ask("EHLO client.test");
  std::string replies, reply;
  for (std::string& line : login.lines) {
    if (line == answer) line = answer_to(reply, play.settings.account);
    co_await peer.write(line);
    reply = co_await peer.ask("");
    replies += (replies.empty() ? "" : " | ") + reply;
  }
  co_await peer.ask("QUIT");
  co_return replies;
}

Text ask_features(Play& play) {
  tcp::socket socket(play.io);
  const tcp::endpoint server(play.network.server(), 587);
  co_await socket.async_connect(server, asio::use_awaitable);
  Line peer(std::move(socket));
  co_await peer.ask("");
  co_await peer.write("EHLO client.test");
  std::string features, line;
  do {
    line = co_await peer.read();
    features += line + '\n';
  } while (line[3] == '-');
  co_await peer.ask("QUIT");
  co_return features;
}

std::vector<Login> logins(const model::Account& account) {
  const auto plain = [](const std::string& user, const std::string& password) {
    return to_base64("\0"s + user + "\0"s + password);
  };
  const auto xoauth2 = [](const std::string& user, const std::string& token) {
    return to_base64("user=" + user + "\1auth=Bearer " + token + "\1\1");
  };
  const std::string user = to_base64(account.user), password = to_base64(account.password);
  return {
      {"plain good", {"AUTH PLAIN " + plain(account.user, account.password)}},
      {"plain later", {"AUTH PLAIN", plain(account.user, account.password)}},
      {"plain bad", {"AUTH PLAIN " + plain(account.user, "wrong")}},
      {"login good", {"AUTH LOGIN", user, password}},
      {"login bad", {"AUTH LOGIN", user, user}},
      {"login cancelled", {"AUTH LOGIN", user, "*", "AUTH LOGIN " + user, password}},
      {"cram good", {"AUTH CRAM-MD5", std::string(answer)}},
      {"cram bad", {"AUTH CRAM-MD5", to_base64(account.user + " 0")}},
      {"xoauth2 good", {"AUTH XOAUTH2 " + xoauth2(account.user, account.password)}},
      {"xoauth2 bad", {"AUTH XOAUTH2 " + xoauth2(account.user, "wrong"), ""}},
      {"unknown", {"AUTH SCRAM-SHA-1"}},
  };
}

asio::awaitable<void> authenticate(Play& play) {
  add_submission(play.settings.description, lab::scratch_directory() / "templates");
  play.make_instance();
  co_await play.instance->start();
  play.findings["features"] = co_await ask_features(play);
  for (Login& login : logins(play.settings.account)) {
    const std::string name = login.name;
    play.findings[name] = co_await log_in(play, std::move(login));
  }
  co_await play.instance->stop();
}

}  // namespace

Findings log_in_to_postfix(const model::ServerDescription& description,
                           const servers::Installed& installed, lab::Ids ids) {
  Play play(description, installed);
  play.settings.ids = ids;
  play.settings.shim = SMTPRIG_ID_SHIM;
  return play.run(authenticate(play));
}

}  // namespace smtprig::tests
