import com.microsoft.aad.msal4j.*;
import java.io.ByteArrayInputStream;
import java.net.*;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.*;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

/** Signs in with MSAL for Java. Run by tools/reportcard. */
public class Client {
  interface Attempt { void run() throws Exception; }

  static final String base = System.getenv("TENANT_URL"), tenant = System.getenv("TENANT_ID"), clientId = System.getenv("CLIENT_ID"),
      secret = System.getenv("CLIENT_SECRET"), publicId = System.getenv("PUBLIC_CLIENT_ID"), person = System.getenv("PERSON"), password = System.getenv("PERSON_PASSWORD");
  static final Set<String> graph = Set.of("https://graph.microsoft.com/.default"), scopes = Set.of("User.Read");
  static boolean failed;

  static void tried(String name, Attempt attempt) {
    String said = "";
    try {
      attempt.run();
    } catch (Throwable e) {
      failed = true;
      Throwable cause = e.getCause() == null ? e : e.getCause();
      said = (cause + "").replaceAll("[\\\\\"\\p{Cntrl}]", " ");
      said = said.substring(0, Math.min(300, said.length()));
    }
    System.out.printf("{\"client\":\"msal4j\",\"language\":\"Java\",\"version\":\"%s\",\"kind\":\"sign-in\",\"name\":\"%s\",\"ok\":%b,\"said\":\"%s\"}%n",
        System.getProperty("msal4j.version"), name, said.isEmpty(), said);
  }

  static X509Certificate certificate(String file) throws Exception {
    return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(Files.readAllBytes(Path.of(file))));
  }

  /** Makes the tenant's authority the one that this program trusts. */
  static SSLContext trust() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    store.setCertificateEntry("practice", certificate(System.getenv("CA_FILE")));
    TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trusted.getTrustManagers(), null);
    return context;
  }

  static ConfidentialClientApplication confidential(IClientCredential credential) throws Exception {
    // docs: msal4j
    ConfidentialClientApplication app = ConfidentialClientApplication.builder(clientId, credential)
        .authority(base + "/" + tenant).instanceDiscovery(false).build();
    // docs: end
    return app;
  }

  static PublicClientApplication open() throws Exception {
    return PublicClientApplication.builder(publicId).authority(base + "/" + tenant).instanceDiscovery(false).build();
  }

  static IAuthenticationResult byPassword(Set<String> wanted, String secret) throws Exception {
    return open().acquireToken(UserNamePasswordParameters.builder(wanted, person, secret.toCharArray()).build()).get();
  }

  static void refused(Attempt attempt, String number) throws Exception {
    try {
      attempt.run();
    } catch (Exception e) {
      if (!(e + "").contains("AADSTS" + number)) throw e;
      return;
    }
    throw new AssertionError("it was let in");
  }

  public static void main(String[] args) throws Exception {
    SSLContext.setDefault(trust());
    HttpsURLConnection.setDefaultSSLSocketFactory(SSLContext.getDefault().getSocketFactory());
    HttpClient browser = HttpClient.newBuilder().sslContext(SSLContext.getDefault()).followRedirects(HttpClient.Redirect.NEVER).build();
    IClientCredential withSecret = ClientCredentialFactory.createFromSecret(secret);

    tried("client secret", () -> confidential(withSecret).acquireToken(ClientCredentialParameters.builder(graph).build()).get());
    tried("certificate", () -> {
      String pem = Files.readString(Path.of(System.getenv("CERTIFICATE_KEY"))).replaceAll("-----[^-]+-----|\\s", "");
      var key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
      confidential(ClientCredentialFactory.createFromCertificate(key, certificate(System.getenv("CERTIFICATE")))).acquireToken(ClientCredentialParameters.builder(graph).build()).get();
    });
    tried("federated assertion", () -> {
      String assertion = browser.send(HttpRequest.newBuilder(URI.create(base + "/workload-identity/token?subject=system:serviceaccount:default:soar")).build(), HttpResponse.BodyHandlers.ofString()).body();
      confidential(ClientCredentialFactory.createFromClientAssertion(assertion)).acquireToken(ClientCredentialParameters.builder(graph).build()).get();
    });
    tried("authorization code, then silently", () -> {
      ConfidentialClientApplication app = confidential(withSecret);
      String redirect = "https://localhost/myapp";
      URL address = app.getAuthorizationRequestUrl(AuthorizationRequestUrlParameters.builder(redirect, scopes).loginHint(person).responseMode(ResponseMode.QUERY).build());
      String location = browser.send(HttpRequest.newBuilder(address.toURI()).build(), HttpResponse.BodyHandlers.ofString()).headers().firstValue("location").orElseThrow();
      String code = Arrays.stream(URI.create(location).getQuery().split("&")).filter(p -> p.startsWith("code=")).findFirst().orElseThrow().substring(5);
      IAuthenticationResult first = app.acquireToken(AuthorizationCodeParameters.builder(code, URI.create(redirect)).scopes(scopes).build()).get();
      app.acquireTokenSilently(SilentParameters.builder(Set.of("User.Read.All"), first.account()).build()).get();
    });
    tried("device code", () -> open().acquireToken(DeviceCodeFlowParameters.builder(scopes, device -> {
      try {
        browser.send(HttpRequest.newBuilder(URI.create(device.verificationUri())).header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString("user_code=" + device.userCode() + "&account=" + person)).build(), HttpResponse.BodyHandlers.discarding());
      } catch (Exception e) {
        throw new RuntimeException(e);
      }
    }).build()).get());
    tried("username and password", () -> byPassword(scopes, password));
    tried("on behalf of", () -> {
      String assertion = byPassword(Set.of("api://" + clientId + "/.default"), password).accessToken();
      confidential(withSecret).acquireToken(OnBehalfOfParameters.builder(scopes, new UserAssertion(assertion)).build()).get();
    });
    tried("refusals (7000215, 50126)", () -> {
      refused(() -> confidential(ClientCredentialFactory.createFromSecret("wrong")).acquireToken(ClientCredentialParameters.builder(graph).build()).get(), "7000215");
      refused(() -> byPassword(scopes, "wrong"), "50126");
    });
    System.exit(failed ? 1 : 0);
  }
}
