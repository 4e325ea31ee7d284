# SPDX-License-Identifier: Apache-2.0
# A web server of Ruby's openssl, a thread for each client. usage: httpserver.rb PORT CERT KEY FOLDER
require "openssl"
require "socket"

port, cert, key, folder = ARGV
context = OpenSSL::SSL::SSLContext.new
context.cert = OpenSSL::X509::Certificate.new(File.read(cert))
context.key = OpenSSL::PKey.read(File.read(key))
context.servername_cb = proc { |_socket, _name| nil }

def converse(tls, folder)
  tls.accept
  request = tls.gets
  nil until tls.gets.to_s.strip.empty?
  body = File.binread(File.join(folder, File.basename(request.split[1])))
  tls.write("HTTP/1.1 200 OK\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n", body)
rescue SystemCallError, OpenSSL::SSL::SSLError, NoMethodError
  nil # the client has vanished
ensure
  tls.close
end

Signal.trap("TERM") { exit!(0) }
listener = TCPServer.new("127.0.0.1", port.to_i)
loop do
  tls = OpenSSL::SSL::SSLSocket.new(listener.accept, context)
  tls.sync_close = true
  Thread.new { converse(tls, folder) }
end
