// See postfix_body.hpp: delivery, removal, and the death of a master.
#include "postfix_body.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include "postfix_play.hpp"

namespace smtprig::tests {
namespace {

std::string took(steady_clock::time_point since) {
  return std::to_string((steady_clock::now() - since) / milliseconds(1));
}

// Of the first process with that name; by number, "none" where there is no such process.
std::string user_of(const std::string& program) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::string name;
    std::ifstream(entry.path() / "comm") >> name;
    struct stat status {};
    if (name == program && ::stat(entry.path().c_str(), &status) == 0)
      return std::to_string(status.st_uid);
  }
  return "none";
}

asio::awaitable<void> deliver(Play& play) {
  const auto good = play.network.next_v4().to_string(), dead = play.network.next_v4().to_string();
  const std::string to_good = "rcpt@[" + good + "]", to_dead = "rcpt@[" + dead + "]";
  play.settings.domains = {{"[" + good + "]", model::Policy::may, {}}};
  tcp::acceptor acceptor(play.io, tcp::endpoint(asio::ip::make_address(good), 25));
  play.make_instance();

  auto since = steady_clock::now();
  co_await play.instance->start();
  play.findings["start ms"] = took(since);
  play.findings["alive"] = model::name(co_await play.instance->probe());

  since = steady_clock::now();
  std::string content;
  asio::co_spawn(play.io, receive(acceptor, content), [&play](std::exception_ptr failure) {
    if (failure) play.findings["receiver"] = "failed";
  });
  const std::string reply = co_await inject(play.io, play.instance->smtp(), to_good);
  play.findings["reply"] = reply;
  const ServerFact delivered = co_await play.watch.wait(ServerFact::Kind::delivered, to_good);
  play.findings["deliver ms"] = took(since);
  // Only now is it sure to have given up root: it takes its first steps as root.
  play.findings["user of qmgr"] = user_of("qmgr");
  play.findings["delivered"] = delivered.relay + " " + delivered.status + " " + delivered.detail;
  play.findings["expected relay"] = good + "[" + good + "]:25";
  play.findings["same id"] = reply.ends_with("queued as " + delivered.queue_id) ? "yes" : "no";
  co_await play.watch.wait(ServerFact::Kind::removed, delivered.queue_id);
  play.findings["content"] = content;

  co_await inject(play.io, play.instance->smtp(), to_dead);
  const ServerFact deferred = co_await play.watch.wait(ServerFact::Kind::deferred, to_dead);
  play.findings["deferred"] = deferred.status + " " + deferred.detail;
  co_await play.instance->flush();
  since = steady_clock::now();
  std::vector<std::string> ids = {deferred.queue_id, "4ZZZZZZZZZzzzz"};
  co_await play.instance->remove(std::move(ids));
  play.findings["remove ms"] = took(since);
  co_await play.watch.wait(ServerFact::Kind::removed, deferred.queue_id);

  since = steady_clock::now();
  play.findings["went by itself"] = co_await play.instance->stop() ? "yes" : "no";
  play.findings["stop ms"] = took(since);
  play.findings["left"] = std::filesystem::exists(play.settings.directory) ? "yes" : "no";

  // Again, in the same lab: nothing of the first stands in the way.
  since = steady_clock::now();
  play.make_instance();
  co_await play.instance->start();
  play.findings["second start ms"] = took(since);
  co_await play.instance->stop();
}

asio::awaitable<void> die(Play& play) {
  play.make_instance();
  co_await play.instance->start();
  std::ifstream file(play.settings.directory / "spool/pid/master.pid");
  pid_t master = 0;
  file >> master;
  const auto since = steady_clock::now();
  ::kill(master, SIGKILL);
  while (play.watch.death.empty()) {
    play.watch.changed.expires_after(std::chrono::seconds(10));
    co_await play.watch.changed.async_wait(asio::as_tuple(asio::use_awaitable));
    if (since + std::chrono::seconds(10) < steady_clock::now()) break;
  }
  play.findings["death"] = play.watch.death;
  play.findings["death ms"] = took(since);
  play.findings["health"] = model::name(co_await play.instance->probe());
  play.instance = nullptr;
  play.make_instance();
  co_await play.instance->start();
  play.findings["fresh"] = model::name(co_await play.instance->probe());
  // A template that does not render, and a server that does not start, are errors of the rig.
  play.instance = nullptr;
  play.settings.description.start.push_back("--no-such-option");
  play.make_instance();
  try {
    co_await play.instance->start();
  } catch (const lab::LabError& error) {
    play.findings["bad start"] = error.what();
  }
}

}  // namespace

Findings play_postfix(const model::ServerDescription& description,
                      const servers::Installed& installed, lab::Ids ids) {
  Play play(description, installed);
  play.settings.ids = ids;
  play.settings.shim = SMTPRIG_ID_SHIM;
  return play.run(deliver(play));
}

Findings kill_postfix(const model::ServerDescription& description,
                      const servers::Installed& installed) {
  Play play(description, installed);
  return play.run(die(play));
}

}  // namespace smtprig::tests
