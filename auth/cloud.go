package auth

import (
	"net/url"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// Cloud is a deployment of Entra and Graph that an instance belongs to.
type Cloud struct {
	// Name is a value of the parameter azure_cloud.
	Name string
	// Graph is the origin of Graph, as in https://graph.microsoft.com.
	Graph string
	// SignIn is what the path /{tenant}/oauth2/v2.0/token is appended to. It has
	// no trailing slash.
	SignIn string
}

// IsLocal reports whether the cloud is this machine: a practice tenant, whose
// every service answers on the one origin.
func (c Cloud) IsLocal() bool { return isLoopback(c.Graph) }

const (
	worldwide     = "Worldwide"
	custom        = "Custom"
	defaultSignIn = "https://login.microsoftonline.com"
)

// clouds are those that the parameter azure_cloud names
// (https://learn.microsoft.com/graph/deployments). Where two share a Host URL the
// first stands for it.
var clouds = [...]Cloud{
	{worldwide, "https://graph.microsoft.com", defaultSignIn},
	{"US GCC", "https://graph.microsoft.com", defaultSignIn},
	{"US GCC-High", "https://graph.microsoft.us", "https://login.microsoftonline.us"},
	{"DoD", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"},
	{"Germany", "https://graph.microsoft.de", "https://login.microsoftonline.de"},
	{"China", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
}

// resolveCloud finds the cloud that the parameters azure_cloud, host and
// azure_ad_endpoint mean together. The defaults of the first two give way to the
// other; two that are both chosen and differ are an error.
func resolveCloud(name, host, endpoint string) (Cloud, error) {
	cloud, err := cloudOf(name, host)
	if err != nil || endpoint == "" {
		return cloud, err
	}
	signIn, err := baseURL("azure_ad_endpoint", endpoint, true)
	if err != nil {
		return Cloud{}, err
	}
	if national := name != "" && cloud.Name == name && name != worldwide && name != custom; national && signIn != cloud.SignIn {
		return Cloud{}, failure.Parameter("azure_ad_endpoint",
			"The Azure Cloud %s signs in at %s, but azure_ad_endpoint is %s. Clear one of the two, or choose the Azure Cloud Custom.",
			name, cloud.SignIn, signIn)
	}
	cloud.SignIn = signIn
	return cloud, nil
}

// cloudOf finds the cloud of azure_cloud and host.
func cloudOf(name, host string) (Cloud, error) {
	named, err := cloudNamed(name)
	if err != nil {
		return Cloud{}, err
	}
	if host == "" {
		return named, nil
	}
	origin, err := baseURL("host", host, false)
	if err != nil {
		return Cloud{}, err
	}
	switch {
	case named.Name == custom || named.Name == worldwide:
		return cloudAt(origin), nil
	case origin == named.Graph || origin == clouds[0].Graph:
		return named, nil
	}
	return Cloud{}, failure.Parameter("host",
		"The Azure Cloud is %s, whose Graph is at %s, but the Host URL is %s. Set one of the two, or choose the Azure Cloud Custom.",
		named.Name, named.Graph, origin)
}

func cloudNamed(name string) (Cloud, error) {
	if name == "" {
		return clouds[0], nil
	}
	if name == custom {
		return Cloud{Name: custom, Graph: clouds[0].Graph, SignIn: defaultSignIn}, nil
	}
	names := make([]string, 0, len(clouds)+1)
	for _, c := range clouds {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return Cloud{}, failure.Parameter("azure_cloud", "There is no Azure Cloud %q. It is one of %s.",
		name, strings.Join(append(names, custom), ", "))
}

// cloudAt returns the cloud that the Host URL alone means. One on loopback is a
// practice tenant, which signs in at the same origin.
func cloudAt(origin string) Cloud {
	for _, c := range clouds {
		if c.Graph == origin {
			return c
		}
	}
	if isLoopback(origin) {
		return Cloud{Name: custom, Graph: origin, SignIn: origin}
	}
	return Cloud{Name: custom, Graph: origin, SignIn: defaultSignIn}
}

// baseURL checks that text is a URL which a path can be appended to, and returns
// it in its shortest form. A token is bound to the host it names, so nothing in
// it may make another host of it for another reader.
func baseURL(parameter, text string, withPath bool) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return "", failure.Parameter(parameter, "%s is not a URL such as https://graph.microsoft.com.", parameter)
	}
	switch {
	case u.User != nil:
		return "", failure.Parameter(parameter, "%s contains a user name. Remove it.", parameter)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#"):
		return "", failure.Parameter(parameter, "%s contains a query or a fragment. Remove everything after the host name.", parameter)
	case !withPath && strings.Trim(u.Path, "/") != "":
		return "", failure.Parameter(parameter, "%s contains the path %s. Remove everything after the host name: the program adds the API version.", parameter, u.Path)
	}
	origin := originOf(u)
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(origin)) {
		return "", failure.Parameter(parameter, "%s must begin with https://. Plain http is for this machine itself (localhost) only.", parameter)
	}
	if withPath {
		return origin + strings.TrimRight(u.EscapedPath(), "/"), nil
	}
	return origin, nil
}

// originOf returns scheme and host of u, in lower case and without the scheme's
// own port.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	defaultPort := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	if defaultPort != "" {
		host = strings.TrimSuffix(host, defaultPort)
	}
	return u.Scheme + "://" + strings.TrimSuffix(host, ":")
}

// isLoopback reports whether origin names this machine.
func isLoopback(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && httpclient.IsLoopback(u.Hostname())
}
