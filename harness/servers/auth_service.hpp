// Authentication for a server under test: the rig's one account behind a socket in the file system
// that speaks the Dovecot authentication protocol (auth_session.hpp). Whoever sees the path may
// ask: the server has users of its own, and in a lab with one id they only look like others.
#pragma once

#include <filesystem>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "harness/lab/lab_error.hpp"
#include "harness/model/account.hpp"

namespace smtprig::servers {

class AuthService {
 public:
  // Binds `path` in place of what is there. At most 1,024 connections at once, further ones are
  // closed. Throws LabError, also for a path that is too long for a socket (107 bytes).
  AuthService(boost::asio::io_context& io, const std::filesystem::path& path,
              model::Account account);
  ~AuthService();  // closes all connections and removes the socket
  AuthService(const AuthService&) = delete;
  AuthService& operator=(const AuthService&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::servers
