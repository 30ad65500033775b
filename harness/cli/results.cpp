// See results.hpp.
#include "harness/cli/results.hpp"

#include "harness/model/record.hpp"
#include "reports/run.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace smtprig::cli {

namespace fs = std::filesystem;

fs::path make_results_folder(const fs::path& out, const std::string& started,
                             const std::vector<std::string>& servers) {
  auto name = started.substr(0, started.find('Z'));
  std::ranges::replace(name, ':', '-');
  for (const auto& server : servers)
    name += "-" + server;
  fs::create_directories(out);
  auto folder = out / name;
  for (int number = 2; !fs::create_directory(folder); ++number)
    folder = out / fmt::format("{}-{}", name, number);
  // A new link under another name, then renamed: `latest` is there at every moment.
  const auto link = out / fmt::format(".latest-{}", folder.filename().string());
  fs::remove(link);
  fs::create_directory_symlink(folder.filename(), link);
  fs::rename(link, out / "latest");
  return folder;
}

namespace {

// "cert/expired@postfix-3.7.11/verify" -> "cert/expired@postfix*/verify"
std::string any_version(const model::CellResult& result) {
  auto pattern =
      fmt::format("{}@{}*/{}", result.scenario, result.server.name, name(result.label()));
  if (result.attacker != model::Attacker::none)
    pattern += fmt::format("~{}", name(result.attacker));
  return pattern;
}

}  // namespace

boost::system::result<Results, std::string> read_results(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fmt::format("{} cannot be read: there was no run that wrote it", file.string());
  Results results;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    boost::system::error_code error;
    const auto record = boost::json::parse(line, error);
    if (error && in.eof()) break;  // the run was killed while it wrote
    const auto* object = error ? nullptr : record.if_object();
    const auto* type = object ? object->if_contains("type") : nullptr;
    if (!type || !type->is_string())
      return fmt::format("{}:{}: not a record of smtprig", file.string(), number);
    if (type->as_string() != "cell") continue;
    try {
      auto result = model::result_from_json(record);
      results[result.cell] = std::move(result);
    } catch (const std::runtime_error& problem) {
      return fmt::format("{}:{}: {}", file.string(), number, problem.what());
    }
  }
  return results;
}

namespace {

// What the run says of itself; one that was cut off before its first line says nothing.
boost::json::object header_of(const fs::path& file) try {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  if (!std::getline(in, line)) return {};
  return boost::json::parse(line).as_object();
} catch (const std::exception&) {
  return {};
}

model::DnsMode dns_of(const boost::json::object& record) {
  const auto* resolver = record.if_contains("resolver");
  const bool is_signed = resolver && resolver->is_string() && !resolver->as_string().empty();
  return is_signed ? model::DnsMode::signed_zones : model::DnsMode::claimed;
}

model::OwnPolicies own_policies_of(const boost::json::object& record) try {
  model::OwnPolicies all;
  const auto* policies = record.if_contains("own_policies");
  if (!policies) return all;
  for (const auto& each : policies->as_array()) {
    auto own = model::own_policy_of(std::string(each.at("definition").as_string()));
    if (own) all.push_back(std::make_shared<const model::OwnPolicy>(std::move(*own)));
  }
  return all;
} catch (const std::exception&) {
  return {};
}

}  // namespace

boost::system::result<LastRun, std::string> read_last_run(const fs::path& file) {
  const auto results = read_results(file);
  if (!results) return results.error();
  LastRun last;
  const auto header = header_of(file);
  last.own_policies = own_policies_of(header);
  last.dns = dns_of(header);
  std::set<std::string> servers;
  for (const auto& [id, result] : *results) {
    if (!reports::is_unexpected(result.judgement.verdict)) continue;
    last.unexpected.push_back(any_version(result));
    servers.insert(result.server.name);
  }
  last.servers.assign(servers.begin(), servers.end());
  return last;
}

}  // namespace smtprig::cli
