# For a tap. Before the first release there is only the head: brew install --HEAD ./uvtftp.rb
class Uvtftp < Formula
  desc "TFTP server and client on libuv"
  homepage "https://github.com/uvtftp/uvtftp"
  license "MIT"
  head "https://github.com/uvtftp/uvtftp.git", branch: "main"

  depends_on "cmake" => :build
  depends_on "pkgconf" => :build
  depends_on "confuse"
  depends_on "libuv"

  def install
    system "cmake", "-S", ".", "-B", "build", "-DUVTFTP_TESTS=OFF", "-DUVTFTP_CONFUSE=ON", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
    etc.install "packaging/uvtftpd.conf"
  end

  def post_install
    (var/"tftp").mkpath
  end

  def caveats
    <<~EOS
      Files are served from #{var}/tftp. Since macOS 10.14 port 69 needs no root:
        brew services start uvtftp
    EOS
  end

  service do
    run [opt_sbin/"uvtftpd", "-c", etc/"uvtftpd.conf", var/"tftp"]
    keep_alive true
    process_type :interactive
    error_log_path var/"log/uvtftpd.log"
  end

  test do
    (testpath/"root").mkpath
    (testpath/"root/hello").write "hello"
    chmod 0644, testpath/"root/hello"
    port = free_port
    server = spawn sbin/"uvtftpd", "--listen", "127.0.0.1:#{port}", testpath/"root"
    begin
      # The client repeats its request until the server is there.
      system bin/"uvtftp", "get", "-o", testpath/"got", "tftp://127.0.0.1:#{port}/hello"
      assert_equal "hello", (testpath/"got").read
    ensure
      Process.kill "TERM", server
      Process.wait server
    end
  end
end
